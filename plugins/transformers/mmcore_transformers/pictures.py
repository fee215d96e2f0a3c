"""The images of ``hf-image``: the data set of another modality, or colored digits."""

from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from mmcore.data import Dataset, Split, TensorView, View
from mmcore.plugins import Context
from mmcore_transformers.borrowing import borrowed
from mmcore_transformers.settings import HfImageSettings

__all__ = ["Pictures", "pictures"]

SIDE, SAMPLE_TRAIN = 32, 1500


class Pictures(Dataset):
    """The handwritten digits of scikit-learn, each in two random colors; a sample, not real data."""

    def load(self, root: Path, split: Split) -> View:
        """Return the sample, which needs no file."""
        return self.sample(split)

    def sample(self, split: Split) -> View:
        """Return colored digits, 32 x 32."""
        from sklearn.datasets import load_digits  # two seconds, which real data does not need

        digits = load_digits()
        ink = torch.from_numpy(digits.images).float()[:, None] / 16
        ink = torch.nn.functional.interpolate(ink, SIDE, mode="bicubic").clamp(0, 1)
        part = slice(0, SAMPLE_TRAIN) if split == "train" else slice(SAMPLE_TRAIN, None)
        labels = torch.from_numpy(digits.target).long()
        return TensorView(_colored(ink)[part], labels[part])


def pictures(settings: HfImageSettings, context: Context) -> Dataset:
    """Return the data set of the modality in the option ``pictures``, or the digits."""
    if settings.pictures is None:
        return Pictures(settings, context)
    return borrowed(settings.pictures, "pictures", context)


def _colored(ink: Tensor) -> Tensor:
    """Return light strokes on a dark background, (N, 3, H, W) uint8, in random colors of a fixed seed."""
    rng = np.random.default_rng(0)
    paper = torch.from_numpy(rng.uniform(0, 110, (len(ink), 3, 1, 1))).float()
    pen = torch.from_numpy(rng.uniform(145, 255, (len(ink), 3, 1, 1))).float()
    return (paper + (pen - paper) * ink).round().to(torch.uint8)
