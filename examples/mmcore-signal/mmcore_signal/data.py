"""The data of ``signal``: a file of recordings, or synthetic waves."""

from pathlib import Path

import torch
from mmcore.data import Dataset, FilesMissing, Split, TensorView, View
from safetensors.torch import load_file
from torch import Tensor

CLASSES = 10
LENGTH = 128
SAMPLE_SIZE: dict[Split, int] = {"train": 2000, "test": 500}
SAMPLE_SEED: dict[Split, int] = {"train": 1, "test": 2}


class SignalData(Dataset):
    """Signals of 128 measurements, with the class by which they are paired as labels."""

    def load(self, root: Path, split: Split) -> View:
        """Return ``values``, (N, 1, 128), with ``labels``, (N,), from a file below ``root``."""
        path = root / "signal" / f"{split}.safetensors"
        if not path.is_file():
            raise FilesMissing([path])
        content = load_file(path)
        return TensorView(content["values"], content["labels"])

    def sample(self, split: Split) -> View:
        """Return synthetic waves that resemble heartbeats; class d has d + 1 beats."""
        labels = torch.arange(SAMPLE_SIZE[split]) % CLASSES
        return TensorView(draw_waves(labels + 1, SAMPLE_SEED[split]), labels)


def draw_waves(beats: Tensor, seed: int) -> Tensor:
    """Return waves, (N, 1, 128), with a sharp and a soft peak for each of ``beats``, (N,)."""
    generator = torch.Generator().manual_seed(seed)
    start = 0.25 * torch.rand(len(beats), 1, generator=generator)
    phase = (beats.unsqueeze(1) * torch.linspace(0, 1, LENGTH) + start) % 1
    sharp, soft = (
        torch.exp(-(((phase - 0.4) / 0.08) ** 2)),
        torch.exp(-(((phase - 0.7) / 0.1) ** 2)),
    )
    noise = 0.05 * torch.randn(len(beats), LENGTH, generator=generator)
    return (sharp + 0.3 * soft + noise).unsqueeze(1)
