"""Central intervals of draws that are seen one at a time, so that not all of them are held."""

import math
from collections.abc import Callable

import torch
from torch import Tensor

__all__ = ["CentralInterval"]

Pairwise = Callable[[Tensor, Tensor], Tensor]
WHOLE = 1e-9
"""A whole place that rounding has moved by less is whole."""


class CentralInterval:
    r"""The central interval that covers ``level``, for each element.

    Its ends are the order statistics at :math:`\alpha (S + 1)` and :math:`(1 - \alpha)(S + 1)` with
    :math:`\alpha = (1 - \text{level})/2`, between which one more draw falls with probability ``level``;
    interpolated where these are not whole. Only the lowest and the highest draws are held, about
    :math:`\alpha S` of each: no draw is sorted that cannot be an end.

    Arguments:
        draws: S, how many are going to be added.
        level: what the interval covers.

    Example:
        >>> interval = CentralInterval(draws=19, level=0.8)
        >>> for draw in torch.arange(19.0):
        ...     interval.add(draw)
        >>> [float(bound) for bound in interval.bounds()]
        [1.0, 17.0]
    """

    def __init__(self, draws: int, level: float) -> None:
        place = min(max((1 - level) / 2 * (draws + 1) - 1, 0.0), draws - 1.0)
        self._below = math.floor(place + WHOLE)
        self._beyond = place - self._below
        self._low: list[Tensor] = []
        self._high: list[Tensor] = []
        self.held = self._below + (2 if self._beyond > WHOLE else 1)
        """How many draws are held at each end."""

    def add(self, draw: Tensor) -> None:
        """See one more draw, of any shape."""
        _insert(self._low, draw, self.held, torch.minimum, torch.maximum)
        _insert(self._high, draw, self.held, torch.maximum, torch.minimum)

    def bounds(self) -> tuple[Tensor, Tensor]:
        """Return both ends, of the shape of a draw."""
        return self._end(self._low), self._end(self._high)

    def _end(self, ordered: list[Tensor]) -> Tensor:
        if self._beyond <= WHOLE:
            return ordered[self._below]
        return torch.lerp(ordered[self._below], ordered[self._below + 1], self._beyond)


def _insert(
    kept: list[Tensor], draw: Tensor, size: int, nearer: Pairwise, farther: Pairwise
) -> None:
    """Put a draw at its place among those kept, which are in order from the end inwards."""
    for place, held in enumerate(kept):
        kept[place], draw = nearer(held, draw), farther(held, draw)
    if len(kept) < size:
        kept.append(draw)
