import gzip
import struct

import numpy as np
import pytest
import torch
from mmcore_polymnist import data, files
from PIL import Image

from mmcore import MmcoreError, Noise
from mmcore.config import DataConfig, ModalityConfig
from mmcore.data import FilesMissing, open_data
from mmcore.plugins import Catalogue

NAMES = ("0.3.png", "10.3.png", "2.3.png", "0.1.png", "1.0.png")
ORDER = ("1.0", "0.1", "0.3", "2.3", "10.3")


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.fixture
def official(tmp_path):
    """The root of a data folder in the layout of the publication, with five items."""
    rng = np.random.default_rng(0)
    for split in ("train", "test"):
        for number in range(5):
            folder = tmp_path / "PolyMNIST" / split / f"m{number}"
            folder.mkdir(parents=True)
            for name in NAMES:
                pixels = rng.integers(0, 256, (28, 28, 3), dtype=np.uint8)
                Image.fromarray(pixels).save(folder / name)
    return tmp_path


@pytest.fixture
def mnist(tmp_path):
    """The root of a data folder with files of MNIST: 60 noisy images."""
    raw = tmp_path / "MNIST" / "raw"
    raw.mkdir(parents=True)
    pixels = np.random.default_rng(1).integers(0, 256, 60 * 784, dtype=np.uint8).tobytes()
    labels = bytes(n % 10 for n in range(60))
    for stem in ("train", "t10k"):
        images = struct.pack(">4i", 0x803, 60, 28, 28) + pixels
        (raw / f"{stem}-images-idx3-ubyte.gz").write_bytes(gzip.compress(images))
        packed = struct.pack(">2i", 0x801, 60) + labels
        (raw / f"{stem}-labels-idx1-ubyte.gz").write_bytes(gzip.compress(packed))
    return tmp_path


def view(root, source="official", make=data.M2, split="train"):
    return make(data.PolymnistSettings(source=source)).load(root, split)


def values(loaded):
    return loaded.fetch(torch.arange(len(loaded)), Noise(len(loaded)))


def opened(root, **sources):
    modalities = {
        f"m{n}": ModalityConfig(kind=f"polymnist-m{n}", settings=sources) for n in range(5)
    }
    return open_data(DataConfig(mode="real", dir=root), modalities, Catalogue.discover())


def test_published_files_are_read_with_label_and_key(official):
    loaded = view(official)
    assert loaded.keys == ORDER
    assert loaded.labels.tolist() == [0, 1, 3, 3, 3]
    for key, image in zip(loaded.keys, values(loaded), strict=True):
        file = official / "PolyMNIST" / "train" / "m2" / f"{key}.png"
        assert np.array_equal(image.permute(1, 2, 0).numpy(), np.asarray(Image.open(file)))


def test_published_files_are_decoded_once(official, monkeypatch):
    first = values(view(official))
    monkeypatch.setattr(files, "_picture", lambda path: pytest.fail("decoded again"))
    assert torch.equal(values(view(official)), first)


def test_the_modalities_are_joined_by_the_name_of_the_file(official):
    folder = official / "PolyMNIST" / "train" / "m4"
    (folder / "0.1.png").unlink()
    joined = opened(official)
    assert joined.kind == "real"
    assert len(joined.train) == 4
    assert len(joined.test) == 5


@pytest.mark.parametrize("source", ["built", "translated"])
def test_built_data_is_computed_once_and_every_page_states_its_kind(mnist, source, monkeypatch):
    joined = opened(mnist, source=source)
    assert joined.kind == "built"
    assert len(joined.train) == 60
    assert any("not the published images" in note for note in joined.notes)
    first = values(view(mnist, source))
    monkeypatch.setattr(data, "place_on_texture", lambda *_, **__: pytest.fail("built again"))
    assert torch.equal(values(view(mnist, source)), first)


def test_other_files_of_mnist_are_built_anew(mnist):
    first = values(view(mnist, "built"))
    path = mnist / "MNIST" / "raw" / "train-images-idx3-ubyte.gz"
    path.write_bytes(gzip.compress(struct.pack(">4i", 0x803, 60, 28, 28) + bytes(60 * 784)))
    assert not torch.equal(values(view(mnist, "built")), first)


def test_missing_files_are_named(tmp_path):
    with pytest.raises(FilesMissing, match="PolyMNIST/train/m2"):
        view(tmp_path)
    with pytest.raises(FilesMissing, match="MNIST/raw/train-images"):
        view(tmp_path, "built")


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("digit.png", b"", r"digit\.png' has no name of the form RANK\.CLASS\.png"),
        ("5.3.png", b"no picture", r"5\.3\.png' is not a readable PNG file"),
        ("5.3.png", (32, 28), r"5\.3\.png' has 32 x 28 pixels, expected 28 x 28"),
    ],
)
def test_a_damaged_file_is_one_sentence_and_leaves_nothing_behind(
    official, tmp_path, name, content, message
):
    path = official / "PolyMNIST" / "train" / "m2" / name
    if isinstance(content, tuple):
        Image.new("RGB", content).save(path)
    else:
        path.write_bytes(content)
    with pytest.raises(MmcoreError, match=message) as error:
        view(official)
    assert "\n" not in str(error.value)
    assert not list((tmp_path / "cache").rglob("*.npy"))


def test_an_empty_folder_is_one_sentence(official):
    for path in (official / "PolyMNIST" / "train" / "m2").iterdir():
        path.unlink()
    with pytest.raises(MmcoreError, match="has no files such as"):
        view(official)


def test_a_download_of_published_images_is_refused():
    with pytest.raises(OSError, match="zenodo"):
        data.M0(data.PolymnistSettings()).download(None)
