"""Where faces and their descriptions come from: CelebA's own files, or drawn faces."""

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
    "CelebA, for non-commercial research only; no picture of it may be passed on"
    " (mmlab.ie.cuhk.edu.hk/projects/CelebA.html)"
)
REFUSAL = "CelebA is handed out by its authors, at mmlab.ie.cuhk.edu.hk/projects/CelebA.html"
SAMPLE_SIZE: dict[Split, int] = {"train": 3000, "test": 600}
SAMPLE_SEED: dict[Split, int] = {"train": 1, "test": 2}
NAMED = 3
"""How many corrupt pictures a note names."""


class Faces(Attributed):
    """Decoded pictures, of which only what is read is in memory.

    Arguments:
        faces: (K, 64, 64, 3) uint8, in memory or mapped from a file.
        rows: (N,), which of them are the items.
        keys: what each item is known by, (N,).
        names: of the attributes, (L,).
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
        """Return pictures, (B, 3, 64, 64) uint8; nothing is random here."""
        found = self._faces[self._rows[indices.numpy()]]
        return torch.from_numpy(found).permute(0, 3, 1, 2)


class FacesData(Dataset):
    """CelebA's aligned pictures, ``img_align_celeba.zip`` or the folder ``img_align_celeba``."""

    licence = LICENCE

    def load(self, root: Path, split: Split) -> View:
        """Return the pictures that have attributes and can be decoded."""
        folder = folder_of(root)
        listed, shared, found = _matched(folder)
        broken = set(found.corrupt)
        place = {key: row for row, key in enumerate(shared)}
        items = [
            i for i in listed.of(split) if (key := listed.keys[i]) in place and key not in broken
        ]
        keys = [listed.keys[i] for i in items]
        rows = np.array([place[key] for key in keys], dtype=np.int64)
        return Faces(found.faces, rows, keys, listed.names, listed.attributes[items])

    def sample(self, split: Split) -> View:
        """Return faces that are drawn here, not photographed."""
        attributes = draw_attributes(SAMPLE_SIZE[split], SAMPLE_SEED[split])
        faces = draw_faces(attributes, SAMPLE_SEED[split])
        return Faces(faces, np.arange(len(faces)), _numbered(len(faces)), NAMES, attributes)

    def download(self, root: Path) -> None:
        """Say who hands it out."""
        raise OSError(REFUSAL)

    def notes(self, root: Path) -> list[str]:
        """Say what was left out, and how people were held out."""
        folder = folder_of(root)
        listed, shared, found = _matched(folder)
        pictures = len(opened(pictures_in(folder)).stamps())
        told = [listed.note] if listed.note else []
        apart = pictures - len(shared), len(listed.keys) - len(shared)
        if any(apart):
            told.append(
                f"left out: {apart[0]} pictures without attributes, {apart[1]} lines of attributes without"
                " a picture"
            )
        if found.corrupt:
            first = ", ".join(found.corrupt[:NAMED])
            told.append(f"left out: {len(found.corrupt)} corrupt pictures, {first}")
        return [f"celeba: {note}" for note in told]


class DescriptionsData(Dataset):
    """The attributes of CelebA's pictures, ``list_attr_celeba.txt``, in words."""

    licence = LICENCE

    def load(self, root: Path, split: Split) -> View:
        """Write what each picture shows."""
        listed = listing(folder_of(root))
        items = listed.of(split)
        keys = [listed.keys[i] for i in items]
        return Descriptions(keys, listed.names, listed.attributes[items])

    def sample(self, split: Split) -> View:
        """Write what the drawn faces show."""
        attributes = draw_attributes(SAMPLE_SIZE[split], SAMPLE_SEED[split])
        return Descriptions(_numbered(len(attributes)), NAMES, attributes)

    def download(self, root: Path) -> None:
        """Say who hands it out."""
        raise OSError(REFUSAL)


def _matched(folder: Path) -> tuple[Listing, list[str], Decoded]:
    """Return the attributes, the names of the pictures that have some, and those pictures."""
    listed, source = listing(folder), pictures_in(folder)
    pictures, known = opened(source), set(listed.keys)
    stamps = {name: stamp for name, stamp in pictures.stamps().items() if name in known}
    return listed, list(stamps), decoded(pictures, stamps, source)


def _numbered(count: int) -> list[str]:
    return [f"drawn-{number}" for number in range(count)]
