"""Data for `LinearGaussian`: vectors in three classes, drawn by seed. Synthetic, for tests only."""

from pathlib import Path

import torch

from mmcore.data import Dataset, FilesMissing, Split, TensorView, View

__all__ = ["VectorData"]

CLASSES, FEATURES, ITEMS = 3, 6, 120


class VectorData(Dataset):
    """Vectors around a centre for each class."""

    def load(self, root: Path, split: Split) -> View:
        """There is no real data."""
        raise FilesMissing([root / "vectors.pt"])

    def sample(self, split: Split) -> View:
        """Return the vectors."""
        generator = torch.Generator().manual_seed(1 if split == "train" else 2)
        labels = torch.arange(ITEMS) % CLASSES
        centres = 2 * torch.eye(CLASSES, FEATURES)
        noise = 0.5 * torch.randn(ITEMS, FEATURES, generator=generator)
        return TensorView(centres[labels] + noise, labels)
