"""The order of samples, a pure function of (seed, step)."""

import torch
from torch import Tensor

from mmcore.noise import derived_seed

__all__ = ["SampleOrder"]


class SampleOrder:
    """The samples of each step: one permutation of all samples after another.

    A step at the end of an epoch takes its other samples from the next one, so that every step has
    ``batch_size`` samples. The only state is a cache of the current permutation.

    Arguments:
        samples: number of samples.
        batch_size: samples of a step, over all processes.
        seed: of the permutations.
        rank: this process, which reads the rows ``rank::world`` of each step.
        world: number of processes.

    Example:
        >>> order = SampleOrder(samples=10, batch_size=4, seed=0)
        >>> [len(order.step(n)) for n in range(3)]
        [4, 4, 4]
    """

    def __init__(
        self, samples: int, batch_size: int, seed: int, *, rank: int = 0, world: int = 1
    ) -> None:
        self._samples, self._batch_size, self._seed = samples, batch_size, seed
        self._rank, self._world = rank, world
        self._cached: tuple[int, Tensor] = (-1, torch.empty(0, dtype=torch.long))

    def epoch(self, step: int) -> float:
        """Return how many times all samples have been read before ``step``."""
        return step * self._batch_size / self._samples

    def step(self, number: int) -> Tensor:
        """Return the indices that this process reads in step ``number``, (B,)."""
        start, end = number * self._batch_size, (number + 1) * self._batch_size
        parts = []
        while start < end:
            epoch, offset = divmod(start, self._samples)
            part = self._permutation(epoch)[offset : offset + end - start]
            parts.append(part)
            start += len(part)
        rows = parts[0] if len(parts) == 1 else torch.cat(parts)
        return rows[self._rank :: self._world]

    def _permutation(self, epoch: int) -> Tensor:
        if self._cached[0] != epoch:
            generator = torch.Generator().manual_seed(derived_seed("order", self._seed, epoch))
            self._cached = (epoch, torch.randperm(self._samples, generator=generator))
        return self._cached[1]
