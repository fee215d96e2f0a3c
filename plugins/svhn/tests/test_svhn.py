import pytest
import torch
from mmcore_svhn.data import SvhnData

from mmcore import Noise
from mmcore.testing import parametrize_checks


@parametrize_checks("modality", "svhn")
def test_conforms(check):
    check()


@pytest.fixture(scope="module")
def view():
    return SvhnData().sample("test")


def fetched(view, rows):
    return view.fetch(torch.arange(rows) % len(view), Noise(rows))


def test_the_sample_has_every_class(view):
    assert view.labels.unique().tolist() == list(range(10))


def test_the_splits_of_the_sample_differ(view):
    train = SvhnData().sample("train")
    assert not torch.equal(fetched(train, 9), fetched(view, 9))
