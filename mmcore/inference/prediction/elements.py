"""The elements of values as numbers that can be compared: in units, and as shares of classes."""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.distributions import Distribution

from mmcore.inference.prediction.predictive import units
from mmcore.modality import Modality

__all__ = ["Elements"]


@dataclass(frozen=True, slots=True)
class Elements:
    """The elements of the values of a modality as F numbers.

    A number on a scale is divided by its unit, see `Modality.unit`. A category is K numbers, one for each
    class: 1 or 0 if it is observed, the probability of the class if it is expected. Categories of a
    modality without `Modality.class_probabilities` are left out.

    Shapes:
        unit: (E,), of each element of a flattened value; NaN for a category.

    Arguments:
        modality: the modality.
        unit: see above.
    """

    modality: Modality
    unit: Tensor

    @classmethod
    def of(cls, modality: Modality, values: Tensor) -> "Elements":
        """Return the elements of prepared values of a modality, (B, *E)."""
        return cls(modality, units(modality, values).flatten())

    @property
    def on_scale(self) -> Tensor:
        """Which elements are numbers on a scale, (E,) bool."""
        return ~self.unit.isnan()

    def expected(self, likelihood: Distribution) -> Tensor:
        """Return the expected elements under a likelihood of batch shape (B,): (B, F)."""
        on_scale, parts = self.on_scale, []
        if bool(on_scale.any()):
            parts.append(likelihood.mean.flatten(1)[:, on_scale] / self.unit[on_scale])
        if not bool(on_scale.all()):
            shares = self.modality.class_probabilities(likelihood)
            parts += [] if shares is None else [shares.flatten(1)]
        rows = likelihood.batch_shape[0]
        return torch.cat(parts, 1) if parts else torch.empty(rows, 0, device=self.unit.device)

    def observed(self, x: Tensor, size: int) -> Tensor:
        """Return the ``size`` observed elements of prepared values: (B, F), NaN where missing."""
        x, on_scale = x.flatten(1), self.on_scale
        numbers = x[:, on_scale] / self.unit[on_scale]
        if size == numbers.shape[1]:
            return numbers
        codes = x[:, ~on_scale].unsqueeze(-1)
        classes = self.classes(size)
        shares = (codes == torch.arange(classes, device=x.device)).to(numbers.dtype)
        shares = shares.masked_fill(codes.isnan(), torch.nan)
        return torch.cat([numbers, shares.flatten(1)], 1)

    def classes(self, size: int) -> int:
        """Return the number of classes K of each category if there are ``size`` elements."""
        numbers = int(self.on_scale.sum())
        return (size - numbers) // max(len(self.unit) - numbers, 1)
