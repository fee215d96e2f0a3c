import pytest
import torch
from mmcore_mnist.modality import Mnist
from mmcore_mnist.settings import MnistSettings
from mmcore_text.modality import Text
from mmcore_text.settings import TextSettings
from safetensors.torch import save_file

from mmcore.errors import MmcoreError
from mmcore.metrics.classifiers import TrainedClassifier
from mmcore.metrics.generation.feature_spaces import ClassifierSpace, InceptionSpace, is_image
from mmcore.plugins import Context
from mmcore.testing import LinearGaussian, LinearGaussianSettings

CPU = torch.device("cpu")


def test_inception_reads_the_weights_that_torchvision_has(tmp_path):
    from torchvision.models import inception_v3

    torch.manual_seed(0)
    network = inception_v3(weights=None, init_weights=False).eval()
    save_file(network.state_dict(), tmp_path / "inception_v3.safetensors")
    space, mnist = InceptionSpace(tmp_path, CPU), Mnist(MnistSettings(), Context.of(2))
    x = torch.rand(2, 1, 28, 28)
    with torch.no_grad():
        features = space.of_values(mnist, x)
        large = torch.nn.functional.interpolate(
            x.expand(-1, 3, -1, -1), (299, 299), mode="bilinear", antialias=True
        )
        assert features.shape == (2, 2048)
        # the network's own logits are linear in the features
        assert torch.allclose(network.fc(features), network(2 * large - 1), atol=1e-4)


def test_without_weights_or_with_others_it_is_one_sentence(tmp_path):
    with pytest.raises(MmcoreError, match=r"left out: .* has no file"):
        InceptionSpace(tmp_path, CPU)
    save_file({"x": torch.zeros(1)}, tmp_path / "inception_v3.safetensors")
    with pytest.raises(
        MmcoreError, match=r"left out: .*Missing key|left out: .*loading state_dict"
    ):
        InceptionSpace(tmp_path, CPU)


def test_vectors_are_no_pictures():
    assert is_image(Mnist(MnistSettings(), Context.of(2)))
    assert not is_image(LinearGaussian(LinearGaussianSettings(), Context.of(2)))


class Read(torch.nn.Module):
    """A classifier whose features are its inputs."""

    def features(self, inputs):
        return inputs.flatten(1)


def test_generated_categories_are_drawn_before_they_are_compared():
    text = Text(TextSettings(), Context.of(2))
    space = ClassifierSpace("text", TrainedClassifier(Read(), 1.0, 0, 0))
    likelihood = text.decode(torch.zeros(400, 2), torch.zeros(400, 0))
    torch.manual_seed(0)
    features = space.of_generated(text, likelihood)
    assert set(features.unique().tolist()) == {0.0, 1.0}, "as real items have them"
    wanted = likelihood.probs.flatten(1)
    error = (wanted * (1 - wanted)).mean(0).div(400).sqrt()
    assert ((features.mean(0) - wanted.mean(0)).abs() < 5 * error + 1e-3).all()
    picture = Mnist(MnistSettings(), Context.of(2))
    image = picture.decode(torch.zeros(3, 2), torch.zeros(3, 0))
    assert torch.equal(space.of_generated(picture, image), image.mode.flatten(1))
