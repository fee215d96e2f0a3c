import pytest
import torch

from mmcore.plugins import ComponentSpec
from mmcore.testing import catalogue_of


@pytest.fixture(autouse=True)
def guard_globals():
    """Fail a test that leaves a global of torch changed."""
    before = (torch.get_default_dtype(), torch.is_grad_enabled())
    yield
    assert (torch.get_default_dtype(), torch.is_grad_enabled()) == before


@pytest.fixture
def float64():
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)


@pytest.fixture
def vectors():
    """A catalogue whose one modality, ``vector``, is linear-Gaussian."""
    return catalogue_of(
        ComponentSpec(
            kind="modality",
            name="vector",
            factory="mmcore.testing.linear_gaussian:LinearGaussian",
            settings="mmcore.testing.linear_gaussian:LinearGaussianSettings",
            dataset="mmcore.testing.vectors:VectorData",
        )
    )
