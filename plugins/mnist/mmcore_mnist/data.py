"""The data of MNIST: the original files, a download, or the digits of scikit-learn."""

import gzip
import zlib
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import torch
from torch import Tensor

from mmcore import MmcoreError
from mmcore.data import Dataset, FilesMissing, Split, TensorView, View
from mmcore.storage.packages import package_file

STEMS = {"train": "train", "test": "t10k"}
DIGITS = "datasets/data/digits.csv.gz"
"""The digits of scikit-learn: in each line 64 values from 0 to 16 and a label."""
SAMPLE_TRAIN = 1500
SIDE = 28
"""Pixels along each side of an image."""
MOST_BYTES = 1 << 28
"""Five times the largest file; a compressed file of 10 MB can expand to 10 GB."""
UNREADABLE = (
    AssertionError,
    EOFError,
    KeyError,
    OSError,
    RuntimeError,
    TypeError,
    ValueError,
    zlib.error,
)
"""Errors of torchvision's readers for a damaged file."""


class MnistData(Dataset):
    """MNIST in the folders of torchvision: ``MNIST/raw/*-ubyte``, plain or compressed by gzip."""

    license = "MNIST, CC BY-SA 3.0"

    def load(self, root: Path, split: Split) -> View:
        """Read images and labels."""
        parts = ("images-idx3", "labels-idx1")
        files = [_find(root, f"{STEMS[split]}-{part}-ubyte") for part in parts]
        # Imported here, since neither the sample data nor an empty folder needs it.
        from torchvision.datasets.mnist import read_image_file, read_label_file

        images, labels = _read(files[0], read_image_file), _read(files[1], read_label_file)
        if images.shape != (len(labels), SIDE, SIDE):
            raise MmcoreError(
                f"'{files[0]}' has images of shape {tuple(images.shape)}, expected ({len(labels)}, {SIDE},"
                f" {SIDE}) for the {len(labels)} labels in '{files[1].name}'; download both again"
            )
        return TensorView(images.unsqueeze(1), labels)

    def sample(self, split: Split) -> View:
        """Return the 8 x 8 digits of scikit-learn, resized to 28 x 28."""
        # Without the import of scikit-learn, which takes longer than all else in the first steps.
        digits = np.loadtxt(package_file("sklearn", DIGITS), delimiter=",", dtype=np.float32)
        small = torch.from_numpy(digits[:, :-1]).reshape(-1, 1, 8, 8) / 16
        large = torch.nn.functional.interpolate(small, 20, mode="bicubic", align_corners=False)
        images = torch.nn.functional.pad(large.clamp(0, 1), (4, 4, 4, 4))
        part = slice(0, SAMPLE_TRAIN) if split == "train" else slice(SAMPLE_TRAIN, None)
        labels = torch.from_numpy(digits[:, -1]).long()
        return TensorView((images * 255).round().to(torch.uint8)[part], labels[part])

    def download(self, root: Path) -> None:
        """Download the files with torchvision."""
        from torchvision.datasets import MNIST

        from mmcore.data.network import check_reachable

        check_reachable(*MNIST.mirrors)
        try:
            MNIST(str(root), download=True)
        except RuntimeError as error:
            raise OSError(str(error)) from error


def _find(root: Path, stem: str) -> Path:
    places = [
        folder / f"{stem}{suffix}"
        for folder in (root / "MNIST" / "raw", root / "raw", root)
        for suffix in ("", ".gz")
    ]
    for place in places:
        if place.is_file():
            return place
    raise FilesMissing(places[:2])


def _read(path: Path, reader: Callable[[str], Tensor]) -> Tensor:
    """Read an idx file; the readers of torchvision accept uncompressed files only."""
    try:
        if path.suffix != ".gz":
            return reader(str(path))
        with TemporaryDirectory() as folder:
            return reader(str(_extracted(path, Path(folder))))
    except UNREADABLE as error:
        raise MmcoreError(
            f"'{path}' is not a readable MNIST file ({type(error).__name__}: {error}); delete it and"
            " download it again"
        ) from error


def _extracted(path: Path, folder: Path) -> Path:
    with gzip.open(path) as file:
        content = file.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise ValueError(f"it has more than {MOST_BYTES:,} bytes after decompression")
    plain = folder / path.stem
    plain.write_bytes(content)
    return plain
