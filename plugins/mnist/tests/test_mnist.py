import gzip
import struct

import numpy as np
import pytest
import torch
from mmcore_mnist.data import MnistData
from mmcore_mnist.modality import Mnist
from mmcore_mnist.settings import MnistSettings
from sklearn.datasets import load_digits

from mmcore import MmcoreError, Noise
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


def test_the_sample_has_the_digits_of_scikit_learn(view):
    images, labels = load_digits(return_X_y=True)
    train = MnistData().sample("train")
    assert torch.cat([train.labels, view.labels]).tolist() == labels.tolist()
    # Opacity is what an enlargement keeps, apart from values beyond black and white.
    ink = torch.cat([fetched(train, 1500), fetched(view, 297)]).double().sum((1, 2, 3))
    assert np.corrcoef(ink, images.sum(1))[0, 1] > 0.99


def test_the_likelihood_is_that_of_torch(modality, view):
    x = modality.prepare(fetched(view, 3))
    likelihood = modality.decode(torch.zeros(3, 6), torch.zeros(3, 2))
    theirs = torch.distributions.Laplace(likelihood.mode, modality.scale)
    wanted = theirs.log_prob(x).flatten(1).sum(1)
    assert torch.allclose(likelihood.log_prob(x), wanted, rtol=1e-4)


@pytest.fixture
def idx(tmp_path):
    """A function that writes two images, changed by ``change``, and their labels to idx files."""

    def write(pack, suffix, change=lambda content: content):
        pixels = bytes(range(2)) * 784
        images = struct.pack(">4i", 0x803, 2, 28, 28) + pixels
        labels = struct.pack(">2i", 0x801, 2) + bytes([3, 7])
        (tmp_path / f"train-images-idx3-ubyte{suffix}").write_bytes(change(pack(images)))
        (tmp_path / f"train-labels-idx1-ubyte{suffix}").write_bytes(pack(labels))
        return tmp_path

    return write


PACKED = {"plain": (bytes, ""), "gzip": (gzip.compress, ".gz")}
DAMAGES = {
    "empty": lambda content: b"",
    "cut": lambda content: content[:-20],
    "start": lambda content: b"\xff" * 12 + content[12:],
    "longer": lambda content: content + content,
}


@pytest.mark.parametrize("packed", PACKED)
def test_idx_files_are_read(idx, packed):
    view = MnistData().load(idx(*PACKED[packed]), "train")
    assert view.labels.tolist() == [3, 7]
    images = view.fetch(torch.arange(2), Noise(2))
    assert images.shape == (2, 1, 28, 28)
    assert images.flatten().tolist() == [0, 1] * 784


@pytest.mark.parametrize("packed", PACKED)
@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_file_is_refused(idx, packed, damage):
    folder = idx(*PACKED[packed], DAMAGES[damage])
    with pytest.raises(MmcoreError, match=r"train-images-idx3-ubyte(\.gz)?' is not a readable"):
        MnistData().load(folder, "train")


def test_a_damaged_gzip_stream_is_refused(idx):
    folder = idx(gzip.compress, ".gz", lambda content: content[:20] + b"\xff" * 8 + content[28:])
    with pytest.raises(MmcoreError, match="is not a readable MNIST file"):
        MnistData().load(folder, "train")


def test_a_file_that_expands_without_end_is_refused(idx, monkeypatch):
    monkeypatch.setattr("mmcore_mnist.data.MOST_BYTES", 100)
    with pytest.raises(MmcoreError, match="more than 100 bytes after decompression"):
        MnistData().load(idx(gzip.compress, ".gz"), "train")


def test_images_of_another_shape_are_refused(idx):
    folder = idx(
        bytes, "", lambda content: content[:4] + struct.pack(">3I", 2, 56, 14) + content[16:]
    )
    with pytest.raises(MmcoreError, match=r"images of shape \(2, 56, 14\), expected \(2, 28, 28\)"):
        MnistData().load(folder, "train")
