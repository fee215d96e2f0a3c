import pytest
import torch
from mmcore_mnist.modality import Mnist
from mmcore_mnist.settings import MnistSettings
from safetensors.torch import save_file

from mmcore.errors import MmcoreError
from mmcore.metrics.feature_spaces import InceptionSpace, is_image
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
