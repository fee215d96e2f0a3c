"""Central intervals of draws that arrive one at a time, without storing all of them."""

import math
from collections.abc import Callable

import torch
from torch import Tensor

__all__ = ["CentralInterval"]

Pairwise = Callable[[Tensor, Tensor], Tensor]
WHOLE = 1e-9
"""A rank that differs by less from an integer is that integer."""


class CentralInterval:
    r"""The central interval that covers ``level``, for each element.

    The bounds are the order statistics at :math:`\alpha (S + 1)` and :math:`(1 - \alpha)(S + 1)` with
    :math:`\alpha = (1 - \text{level})/2`, interpolated if these ranks are not integers; one more draw
    falls between them with probability ``level``. Only the lowest and the highest draws are stored,
    about :math:`\alpha S` of each.

    Arguments:
        draws: S, the number of draws that will be added.
        level: probability that the interval covers.

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
        """Number of draws that are stored at each end."""

    def add(self, draw: Tensor) -> None:
        """Add a draw, of any shape."""
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
    ordered: list[Tensor], draw: Tensor, size: int, nearer: Pairwise, farther: Pairwise
) -> None:
    """Insert a draw into the stored ones, which are ordered from the end of the interval inwards."""
    for place, stored in enumerate(ordered):
        ordered[place], draw = nearer(stored, draw), farther(stored, draw)
    if len(ordered) < size:
        ordered.append(draw)
