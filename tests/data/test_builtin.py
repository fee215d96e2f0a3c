import gzip
import shutil
import struct
from pathlib import Path

import pytest
import torch

from mmcore.config import DataConfig
from mmcore.data import Dataset, FilesMissing, TensorView
from mmcore.data.builtin import open_datasets
from mmcore.data.network import check_reachable
from mmcore.errors import MmcoreError
from mmcore.noise import Noise


class Toy(Dataset):
    def __init__(self, downloads=None):
        self.downloads = downloads

    def load(self, root, split):
        if not (root / "toy").exists():
            raise FilesMissing([root / "toy"])
        return TensorView(torch.ones(6, 1), torch.arange(6) % 2)

    def sample(self, split):
        return TensorView(torch.zeros(6, 1), torch.arange(6) % 2)

    def download(self, root):
        if self.downloads is None:
            raise OSError("refused")
        (root / "toy").touch()


def opened(tmp_path, mode, *datasets):
    named = dict(zip("ab", datasets, strict=False))
    return open_datasets(named, DataConfig(mode=mode, dir=tmp_path), seed=0)


def test_real_files_come_first(tmp_path):
    (tmp_path / "toy").touch()
    assert opened(tmp_path, "auto", Toy(), Toy()).kind == "real"


class Built(Toy):
    origin = "built"


def test_data_that_is_computed_is_built_also_beside_real_files(tmp_path):
    (tmp_path / "toy").touch()
    assert opened(tmp_path, "real", Toy(), Built()).kind == "built"
    assert opened(tmp_path, "sample", Toy(), Built()).kind == "sample"


def test_then_a_download(tmp_path):
    assert opened(tmp_path, "auto", Toy(downloads=True)).kind == "real"


def test_then_the_sample_which_is_said(tmp_path):
    data = opened(tmp_path, "auto", Toy(), Toy())
    assert data.kind == "sample"
    assert any("refused" in note for note in data.notes)


def test_real_never_falls_back_and_names_the_files(tmp_path):
    with pytest.raises(MmcoreError, match=str(tmp_path / "toy")):
        opened(tmp_path, "real", Toy(downloads=True))


def test_sample_does_not_look(tmp_path):
    (tmp_path / "toy").touch()
    assert opened(tmp_path, "sample", Toy()).kind == "sample"


def test_a_server_that_does_not_answer_is_an_os_error():
    with pytest.raises(OSError, match="no response"):
        check_reachable("http://127.0.0.1:9/nothing")


def idx(path, magic, *sizes, body=b""):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(struct.pack(f">{1 + len(sizes)}i", magic, *sizes) + body))


@pytest.fixture
def mnist(tmp_path):
    raw = tmp_path / "MNIST" / "raw"
    for stem in ("train", "t10k"):
        idx(raw / f"{stem}-images-idx3-ubyte.gz", 0x803, 2, 28, 28, body=bytes(range(2)) * 784)
        idx(raw / f"{stem}-labels-idx1-ubyte.gz", 0x801, 2, body=bytes([3, 7]))
    return tmp_path


def test_mnist_files_are_read(mnist):
    from mmcore_mnist.data import MnistData

    view = MnistData().load(mnist, "train")
    assert view.labels.tolist() == [3, 7]
    assert view.fetch(torch.tensor([0, 1]), Noise(2)).shape == (2, 1, 28, 28)


@pytest.mark.parametrize(
    "damage",
    [
        lambda path: path.write_bytes(b""),
        lambda path: path.write_bytes(path.read_bytes()[:-9]),
        lambda path: idx(path, 0x801, 2, body=b"ab"),
        lambda path: idx(path, 0x803, 9, 28, 28, body=b"ab"),
    ],
)
def test_a_damaged_file_is_named_and_never_replaced_by_the_sample(mnist, damage):
    from mmcore_mnist.data import MnistData

    path = mnist / "MNIST" / "raw" / "train-images-idx3-ubyte.gz"
    damage(path)
    with pytest.raises(MmcoreError, match="train-images"):
        open_datasets({"mnist": MnistData()}, DataConfig(dir=mnist), seed=0)


def test_a_damaged_svhn_file_is_named(tmp_path):
    from mmcore_svhn.data import SvhnData

    for split in ("train", "test"):
        (tmp_path / f"{split}_32x32.mat").write_bytes(b"not a matlab file")
    with pytest.raises(MmcoreError, match=r"train_32x32.mat"):
        open_datasets({"svhn": SvhnData()}, DataConfig(dir=tmp_path), seed=0)


SHARED = Path(__file__).parents[3] / "shared" / "data"


@pytest.mark.skipif(not (SHARED / "svhn").is_dir(), reason="real data is not beside the checkout")
def test_the_real_sets_are_read_whole():
    from mmcore_mnist.data import MnistData
    from mmcore_svhn.data import SvhnData

    data = open_datasets(
        {"mnist": MnistData(), "svhn": SvhnData()}, DataConfig(mode="real", dir=SHARED), seed=0
    )
    assert data.items["mnist"] == {"train": 60_000, "test": 10_000}
    assert len(data.test) >= 2000
    assert any("MD5 checksum differs" in note for note in data.notes)


def test_a_folder_without_write_access_is_never_written_to(mnist):
    from mmcore_mnist.data import MnistData

    before = sorted(mnist.rglob("*"))
    open_datasets({"mnist": MnistData()}, DataConfig(mode="real", dir=mnist), seed=0)
    assert sorted(mnist.rglob("*")) == before
    shutil.rmtree(mnist)
