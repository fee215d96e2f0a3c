import pytest
import torch
from mmcore_mnist.data import MnistData
from mmcore_mnist.modality import Mnist
from mmcore_mnist.settings import MnistSettings

from mmcore import Noise
from mmcore.plugins import Context
from mmcore.testing import parametrize_checks


@parametrize_checks("modality", "mnist")
def test_conforms(check):
    check()


@pytest.fixture(scope="module")
def modality():
    return Mnist(MnistSettings(), Context.of(6, 2))


@pytest.fixture(scope="module")
def view():
    return MnistData().sample("test")


def fetched(view, rows):
    return view.fetch(torch.arange(rows) % len(view), Noise(rows))


def test_the_sample_has_every_class(view):
    assert view.labels.unique().tolist() == list(range(10))


def test_the_likelihood_is_that_of_torch(modality, view):
    x = modality.prepare(fetched(view, 3))
    likelihood = modality.decode(torch.zeros(3, 6), torch.zeros(3, 2))
    theirs = torch.distributions.Laplace(likelihood.mode, modality.scale)
    wanted = theirs.log_prob(x).flatten(1).sum(1)
    assert torch.allclose(likelihood.log_prob(x), wanted, rtol=1e-4)
