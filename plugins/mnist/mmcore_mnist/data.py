"""Where MNIST comes from: its own files, a download, or scikit-learn's digits."""

import gzip
from pathlib import Path

import numpy as np
import torch
from sklearn.datasets import load_digits
from torch import Tensor

from mmcore import MmcoreError
from mmcore.data import Dataset, FilesMissing, Split, TensorView, View

STEMS = {"train": "train", "test": "t10k"}
SAMPLE_TRAIN = 1500


class MnistData(Dataset):
    """MNIST in the layout of torchvision: ``MNIST/raw/*-ubyte``, plain or gzipped."""

    licence = "MNIST, CC BY-SA 3.0"

    def load(self, root: Path, split: Split) -> View:
        """Read images and labels."""
        images = _read(_find(root, f"{STEMS[split]}-images-idx3-ubyte"), dims=3)
        labels = _read(_find(root, f"{STEMS[split]}-labels-idx1-ubyte"), dims=1)
        return TensorView(images.unsqueeze(1), labels.long())

    def sample(self, split: Split) -> View:
        """Return scikit-learn's bundled real 8 x 8 digits, brought to 28 x 28."""
        digits = load_digits()
        small = torch.from_numpy(digits.images).float().unsqueeze(1) / 16
        large = torch.nn.functional.interpolate(small, 20, mode="bicubic", align_corners=False)
        images = torch.nn.functional.pad(large.clamp(0, 1), (4, 4, 4, 4))
        part = slice(0, SAMPLE_TRAIN) if split == "train" else slice(SAMPLE_TRAIN, None)
        labels = torch.from_numpy(digits.target).long()
        return TensorView((images * 255).round().to(torch.uint8)[part], labels[part])

    def download(self, root: Path) -> None:
        """Fetch it through torchvision."""
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


def _read(path: Path, dims: int) -> Tensor:
    """Read an idx file: magic number 0x0800 + dims, one big-endian size per dimension, bytes."""
    try:
        raw = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        header = np.frombuffer(raw, ">i4", count=1 + dims)
        if header[0] != 0x0800 + dims:
            raise ValueError(f"magic number {header[0]}, expected {0x0800 + dims}")
        values = np.frombuffer(raw, np.uint8, offset=4 * (1 + dims)).reshape(header[1:])
    except (OSError, EOFError, ValueError) as error:
        raise MmcoreError(
            f"'{path}' is not a readable MNIST file ({error}); delete it and fetch it again"
        ) from error
    return torch.from_numpy(values.copy())
