import pytest
import torch
from mmcore_mnist.data import MnistData
from mmcore_mnist.modality import Mnist
from mmcore_mnist.settings import MnistSettings

from mmcore import Noise


@pytest.fixture(scope="module")
def modality():
    return Mnist(MnistSettings(), content_dim=6, style_dim=2)


@pytest.fixture(scope="module")
def view():
    return MnistData().sample("test")


def fetched(view, rows):
    return view.fetch(torch.arange(rows) % len(view), Noise(rows))


@pytest.mark.parametrize("rows", [1, 7])
def test_encodes_and_decodes_any_number_of_rows(modality, view, rows):
    x = modality.prepare(fetched(view, rows))
    posterior = modality.encode(x)
    assert x.shape == (rows, *modality.event_shape)
    assert posterior.content.loc.shape == (rows, 6)
    assert posterior.style.logvar.shape == (rows, 2)
    likelihood = modality.decode(posterior.content.loc, posterior.style.loc)
    assert likelihood.log_prob(x).shape == (rows,)
    assert likelihood.log_prob(x).isfinite().all()
    assert likelihood.mode.shape == x.shape
    assert modality.render(x).shape[:2] == (rows, 3)
    assert 0 <= modality.render(x).min() <= modality.render(x).max() <= 1


def test_every_parameter_learns(modality, view):
    x = modality.prepare(fetched(view, 7))
    posterior = modality.encode(x)
    loss = -modality.decode(posterior.content.loc, posterior.style.loc).log_prob(x).sum()
    (loss + posterior.content.logvar.sum() + posterior.style.logvar.sum()).backward()
    assert all((p.grad != 0).any() for p in modality.parameters())


def test_the_sample_is_the_same_every_time_and_has_every_class(view):
    again = MnistData().sample("test")
    assert torch.equal(fetched(again, 9), fetched(view, 9))
    assert view.labels.unique().tolist() == list(range(10))


def test_the_likelihood_is_that_of_torch(modality, view):
    x = modality.prepare(fetched(view, 3))
    likelihood = modality.decode(torch.zeros(3, 6), torch.zeros(3, 2))
    theirs = torch.distributions.Laplace(likelihood.mode, modality.scale)
    wanted = theirs.log_prob(x).flatten(1).sum(1)
    assert torch.allclose(likelihood.log_prob(x), wanted, rtol=1e-4)


def test_the_classifier_reads_real_and_generated_values(modality, view):
    classifier = modality.classifier(10).eval()
    x = modality.prepare(fetched(view, 5))
    likelihood = modality.decode(torch.randn(5, 6), torch.randn(5, 2))
    for evidence in (modality.evidence(x), modality.evidence_of(likelihood)):
        assert classifier(evidence).shape == (5, 10)
        assert classifier.features(evidence).dim() == 2
