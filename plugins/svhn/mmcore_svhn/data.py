"""The data of SVHN: the original files, a download, or drawn house numbers."""

import hashlib
from pathlib import Path

import torch

from mmcore import MmcoreError
from mmcore.data import Dataset, FilesMissing, Split, TensorView, View
from mmcore_svhn.drawing import draw_crops

OFFICIAL_MD5 = {
    "train": "e26dedcc434d2e4c54c9b2d4a06d8373",
    "test": "eb5a983be6a315427106f1b164d9cef3",
}
SAMPLE_SIZE: dict[Split, int] = {"train": 4000, "test": 1000}
SAMPLE_SEED: dict[Split, int] = {"train": 1, "test": 2}


class SvhnData(Dataset):
    """The cropped digits of SVHN, ``train_32x32.mat`` and ``test_32x32.mat``."""

    license = "SVHN, for non-commercial use only"

    def load(self, root: Path, split: Split) -> View:
        """Read images and labels; the label 10 means the digit 0."""
        from scipy.io import loadmat  # a second, which the sample does not need

        path = _find(root, split)
        try:
            content = loadmat(path)
            images = torch.from_numpy(content["X"]).permute(3, 2, 0, 1)
            labels = torch.from_numpy(content["y"].ravel().astype("int64") % 10)
            if images.shape[1:] != (3, 32, 32):
                raise ValueError(f"images of shape {tuple(images.shape[1:])}, expected (3, 32, 32)")
        except Exception as error:  # scipy raises many types of errors for a damaged file
            raise MmcoreError(
                f"'{path}' is not a readable SVHN file ({type(error).__name__}: {error}); download it again"
            ) from error
        return TensorView(images, labels)

    def sample(self, split: Split) -> View:
        """Return drawn images that resemble house numbers."""
        return TensorView(*draw_crops(SAMPLE_SIZE[split], SAMPLE_SEED[split]))

    def download(self, root: Path) -> None:
        """Download the files with torchvision."""
        from torchvision.datasets import SVHN

        from mmcore.data.network import check_reachable

        check_reachable(SVHN.split_list["train"][0])
        try:
            for split in ("train", "test"):
                SVHN(str(root / "svhn"), split=split, download=True)
        except RuntimeError as error:
            raise OSError(str(error)) from error

    def notes(self, root: Path) -> list[str]:
        """Return a note that names the files that are not the official ones."""
        odd = [
            path.name
            for split in ("train", "test")
            if not _is_official(path := _find(root, split), split)
        ]
        return (
            [f"svhn: the MD5 checksum differs from the official file: {', '.join(odd)}"]
            if odd
            else []
        )


def _find(root: Path, split: str) -> Path:
    places = [folder / f"{split}_32x32.mat" for folder in (root / "svhn", root, root / "SVHN")]
    for place in places:
        if place.is_file():
            return place
    raise FilesMissing(places[:2])


def _is_official(path: Path, split: str) -> bool:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "md5").hexdigest() == OFFICIAL_MD5[split]
