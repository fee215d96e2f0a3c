"""Calibration of draws: where true values lie among them, without storing the draws."""

import torch
from torch import Tensor

__all__ = ["Ranks"]


class Ranks:
    r"""The place of true values among draws that are added one at a time, for each element.

    A true value that is exchangeable with the S draws has a rank that is uniform on 0, ..., S. All
    statistics are functions of the number of smaller draws, the number of equal draws, and distances;
    the distance is :math:`|x - y|` for a number, and 1 for different categories.

    Shapes:
        truth: (B, *E); NaN where it is missing, then the statistics of the element have no meaning.
        on_scale: E, bool, which elements are numbers on a scale; the others are categories.

    Example:
        >>> ranks = Ranks(torch.tensor([[1.5]]), torch.tensor([True]))
        >>> for draw in torch.arange(3.0):
        ...     ranks.add(draw.reshape(1, 1))
        >>> ranks.within(0.5).item(), round(ranks.crps().item(), 3)
        (True, 0.333)
    """

    def __init__(self, truth: Tensor, on_scale: Tensor) -> None:
        self._truth, self._on_scale, self._draws = truth, on_scale, 0
        self._has_categories = not bool(on_scale.all())
        self._previous: Tensor | None = None
        zero = torch.zeros(truth.shape, device=truth.device)
        self._below, self._equal = zero.to(torch.int32), zero.to(torch.int32)
        self._to_truth, self._between = zero.clone(), zero.clone()

    def add(self, draw: Tensor) -> None:
        """Add a draw, (B, *E); successive draws must be independent."""
        self._below += draw < self._truth
        self._equal += draw == self._truth
        self._to_truth += self._distance(draw, self._truth)
        if self._previous is not None:
            self._between += self._distance(draw, self._previous)
        self._previous, self._draws = draw, self._draws + 1

    def within(self, level: float) -> Tensor:
        """Return whether a value is in the central interval that covers ``level``, (B, *E) bool.

        The interval is that of `central_interval`, with ranks rounded to integers; bounds belong to it.
        """
        rank = round((1 - level) / 2 * (self._draws + 1))
        smaller = self._below + self._equal
        larger = self._draws - self._below
        return (smaller >= rank) & (larger >= rank)

    def pit(self, uniform: Tensor) -> Tensor:
        r"""Return the randomized probability integral transform, (B, *E) in [0, 1].

        .. math:: (b + u (e + 1)) / (S + 1)

        with b smaller and e equal draws. It is uniform if the value is exchangeable with the draws, also
        for counts and categories.

        Arguments:
            uniform: u, (B, *E), in [0, 1).

        References:
            Czado, Gneiting, Held (2009), "Predictive Model Assessment for Count Data".
        """
        return (self._below + uniform * (self._equal + 1)) / (self._draws + 1)

    def crps(self) -> Tensor:
        r"""Return the continuous ranked probability score, (B, *E), in the unit of the values.

        .. math:: E\,d(X, y) - \tfrac{1}{2} E\,d(X, X')

        estimated without bias, the second mean from successive draws. For categories it is half of the
        Brier score. It needs two draws.

        References:
            Gneiting, Raftery (2007), "Strictly Proper Scoring Rules, Prediction, and Estimation".
        """
        return self._to_truth / self._draws - self._between / (2 * (self._draws - 1))

    def _distance(self, one: Tensor, other: Tensor) -> Tensor:
        if not self._has_categories:
            return (one - other).abs_().to(torch.float32)
        different = (one != other).to(torch.float32)
        return torch.where(self._on_scale, (one - other).abs().to(torch.float32), different)
