"""Samples of a source in batches, encoded, each batch with its own noise."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from mmcore.data import Source
from mmcore.encoding import Encoding
from mmcore.model import Model
from mmcore.noise import Noise

__all__ = ["EncodedBatch", "encoded", "encoded_batches"]


@dataclass(frozen=True, slots=True)
class EncodedBatch:
    """Samples that a model has encoded.

    Shapes:
        labels: (B,) or (B, L); None if the source has no labels.

    Arguments:
        encoding: posteriors and prepared values of the samples.
        noise: randomness of this batch, on the device of the model.
        labels: labels of the samples.
    """

    encoding: Encoding
    noise: Noise
    labels: Tensor | None

    def having(self, subset: Sequence[str]) -> "EncodedBatch":
        """Return the rows that have all modalities of ``subset``, with noise for as many rows."""
        rows = self.encoding.has(subset)
        if bool(rows.all()):
            return self
        return EncodedBatch(
            self.encoding.select(rows),
            self.noise.resized(int(rows.sum())),
            None if self.labels is None else self.labels[rows.cpu()],
        )


@torch.no_grad()
def encoded(
    model: Model, source: Source, indices: Tensor, seed: int, step: int = 0
) -> EncodedBatch:
    """Return the samples ``indices``, (B,), of a source as one encoded batch.

    Arguments:
        model: a trained model.
        source: the samples.
        indices: which samples.
        seed: seed of the noise, also of random items of the source.
        step: step of the noise; batches with different steps have independent noise.
    """
    noise = Noise(len(indices), seed=seed, step=step)
    batch = source.fetch(indices, noise).to(model.device)
    labels = None if batch.labels is None else batch.labels.cpu()
    return EncodedBatch(model.codec.encode(batch), replace(noise, device=model.device), labels)


def encoded_batches(
    model: Model, source: Source, indices: Tensor, size: int, seed: int
) -> Iterator[EncodedBatch]:
    """Yield the samples ``indices`` in encoded batches of ``size``, with independent noise."""
    for part in indices.split(size):
        yield encoded(model, source, part, seed, step=int(part[0]))
