"""Data for `LinearGaussian`: vectors in three classes, drawn by seed. Synthetic, for tests only."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from mmcore.data import Dataset, FilesMissing, Split, TensorView, View
from mmcore.data.tables import Reader, Reading, Records
from mmcore.plugins import Context
from mmcore.testing.linear_gaussian import LinearGaussianSettings

__all__ = ["VectorData", "VectorReader"]

CLASSES, FEATURES, ITEMS = 3, 6, 120


class VectorData(Dataset):
    """Vectors around a center for each class."""

    def load(self, root: Path, split: Split) -> View:
        """There is no real data."""
        raise FilesMissing([root / "vectors.pt"])

    def sample(self, split: Split) -> View:
        """Return the vectors."""
        generator = torch.Generator().manual_seed(1 if split == "train" else 2)
        labels = torch.arange(ITEMS) % CLASSES
        centers = 2 * torch.eye(CLASSES, FEATURES)
        noise = 0.5 * torch.randn(ITEMS, FEATURES, generator=generator)
        return TensorView(centers[labels] + noise, labels)


class VectorReader(Reader):
    """Vectors as columns ``x0``, ``x1``, ... of a table.

    Arguments:
        settings: of the modality.
    """

    def __init__(self, settings: LinearGaussianSettings, context: Context | None = None) -> None:
        self._settings = settings

    def fit(self, records: Records) -> Mapping[str, Any]:
        """Return the settings as they are."""
        return self._settings.model_dump(mode="json")

    def read(self, records: Records) -> Reading:
        """Return (N, features)."""
        records.check(self.columns())
        cells = records.frame(self.columns()).to_numpy(np.float64, copy=True)
        return Reading(torch.from_numpy(cells).to(torch.get_default_dtype()))

    def columns(self) -> tuple[str, ...]:
        """Return the names of the columns."""
        return tuple(f"x{place}" for place in range(self._settings.features))

    def write(self, values: Tensor) -> dict[str, np.ndarray]:
        """Return the elements."""
        return dict(zip(self.columns(), values.double().cpu().numpy().T, strict=True))
