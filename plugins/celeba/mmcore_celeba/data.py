"""The data of both modalities: the files of CelebA, or drawn faces."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from mmcore import Noise
from mmcore.data import Dataset, Split, View
from mmcore_celeba.attributed import Attributed
from mmcore_celeba.cache import Decoded, decoded
from mmcore_celeba.drawing import NAMES, draw_attributes, draw_faces
from mmcore_celeba.files import Listing, folder_of, listing, pictures_in
from mmcore_celeba.pictures import opened
from mmcore_celeba.strings import Descriptions

LICENCE = (
    "CelebA, for non-commercial research only; its images must not be redistributed"
    " (mmlab.ie.cuhk.edu.hk/projects/CelebA.html)"
)
REFUSAL = "CelebA is available from its authors, at mmlab.ie.cuhk.edu.hk/projects/CelebA.html"
SAMPLE_SIZE: dict[Split, int] = {"train": 3000, "test": 600}
SAMPLE_SEED: dict[Split, int] = {"train": 1, "test": 2}
NAMED = 3
"""Maximal number of corrupt images that a note names."""


class Faces(Attributed):
    """Decoded images, which are read into memory on access.

    Arguments:
        faces: (K, 64, 64, 3) uint8, in memory or mapped from a file.
        rows: (N,), the index of each item in ``faces``.
        keys: identifies each item, (N,).
        names: names of the attributes, (L,).
        attributes: (N, L), 0 or 1.
    """

    def __init__(
        self,
        faces: np.ndarray,
        rows: np.ndarray,
        keys: Sequence[str],
        names: Sequence[str],
        attributes: np.ndarray,
    ) -> None:
        super().__init__(keys, names, attributes)
        self._faces, self._rows = faces, rows

    def fetch(self, indices: Tensor, noise: Noise) -> Tensor:
        """Return the images of ``indices``, (B, 3, 64, 64) uint8; ``noise`` is not used."""
        faces = self._faces[self._rows[indices.numpy()]]
        return torch.from_numpy(faces).permute(0, 3, 1, 2)


class FacesData(Dataset):
    """The aligned images of CelebA, ``img_align_celeba.zip`` or the folder ``img_align_celeba``."""

    license = LICENCE

    def load(self, root: Path, split: Split) -> View:
        """Return the images that have attributes and are not corrupt."""
        folder = folder_of(root)
        listed, shared, matched = _matched(folder)
        broken = set(matched.corrupt)
        place = {key: row for row, key in enumerate(shared)}
        items = [
            i for i in listed.of(split) if (key := listed.keys[i]) in place and key not in broken
        ]
        keys = [listed.keys[i] for i in items]
        rows = np.array([place[key] for key in keys], dtype=np.int64)
        return Faces(matched.faces, rows, keys, listed.names, listed.attributes[items])

    def sample(self, split: Split) -> View:
        """Return drawn faces."""
        attributes = draw_attributes(SAMPLE_SIZE[split], SAMPLE_SEED[split])
        faces = draw_faces(attributes, SAMPLE_SEED[split])
        return Faces(faces, np.arange(len(faces)), _numbered(len(faces)), NAMES, attributes)

    def download(self, root: Path) -> None:
        """Raise an error that names the source of the files."""
        raise OSError(REFUSAL)

    def notes(self, root: Path) -> list[str]:
        """Return notes on items that are not used, and on how the test items were chosen."""
        folder = folder_of(root)
        listed, shared, matched = _matched(folder)
        pictures = len(opened(pictures_in(folder)).stamps())
        notes = [listed.note] if listed.note else []
        unmatched = pictures - len(shared), len(listed.keys) - len(shared)
        if any(unmatched):
            notes.append(
                f"not used: {unmatched[0]} images without attributes, {unmatched[1]} lines of attributes"
                " without an image"
            )
        if matched.corrupt:
            first = ", ".join(matched.corrupt[:NAMED])
            notes.append(f"not used: {len(matched.corrupt)} corrupt images, {first}")
        return [f"celeba: {note}" for note in notes]


class DescriptionsData(Dataset):
    """Texts that list the attributes of CelebA, from ``list_attr_celeba.txt``."""

    license = LICENCE

    def load(self, root: Path, split: Split) -> View:
        """Return the texts of the images that have attributes."""
        listed = listing(folder_of(root))
        items = listed.of(split)
        keys = [listed.keys[i] for i in items]
        return Descriptions(keys, listed.names, listed.attributes[items])

    def sample(self, split: Split) -> View:
        """Return the texts of the drawn faces."""
        attributes = draw_attributes(SAMPLE_SIZE[split], SAMPLE_SEED[split])
        return Descriptions(_numbered(len(attributes)), NAMES, attributes)

    def download(self, root: Path) -> None:
        """Raise an error that names the source of the files."""
        raise OSError(REFUSAL)


def _matched(folder: Path) -> tuple[Listing, list[str], Decoded]:
    """Return the attributes, the keys of the images that have attributes, and these images."""
    listed, source = listing(folder), pictures_in(folder)
    pictures, known = opened(source), set(listed.keys)
    stamps = {name: stamp for name, stamp in pictures.stamps().items() if name in known}
    return listed, list(stamps), decoded(pictures, stamps, source)


def _numbered(count: int) -> list[str]:
    return [f"drawn-{number}" for number in range(count)]
