"""How styles are drawn in training, so that they do not swallow the content."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from mmcore.distributions import Gaussian

__all__ = ["StyleStack", "StyleTraining", "stacked"]


@dataclass(frozen=True, slots=True)
class StyleTraining:
    r"""A guard against *style leakage*: content that hides in a modality's own subspace.

    A decoder that may read the shared content of a weak expert (a blurred house number, say) gains
    by finding the content once more in the style; then the shared latent variable forgets it. Two
    remedies, each of which leaves the model as it is and only changes how it learns:

    - for the first ``warmup`` share of the training styles are drawn from the prior, so that the
      content has to settle in the shared space;
    - afterwards, in rows whose content came from *another* modality, only the share
      ``cross_gradient`` of the gradient reaches the style's encoder: what makes up for an expert's
      mistake is paid less than what no other modality could know.

    ``warmup=0, cross_gradient=1`` is the paper's plain objective.

    Arguments:
        warmup: share of the training, from 0 to 1.
        cross_gradient: share of the gradient, from 0 to 1.
    """

    warmup: float
    cross_gradient: float

    def is_warmup(self, progress: float) -> bool:
        """Return whether styles are drawn from the prior at this share of the training."""
        return progress < self.warmup

    def draw(self, style: Gaussian, own: Tensor, eps: Tensor) -> Tensor:
        """Return one style from the posterior for each row, (..., B, D_m), after the warm-up.

        Arguments:
            style: posterior over the style, (..., B, D_m).
            own: rows whose content came from this modality itself, (..., B).
            eps: standard normal draws, (..., B, D_m).
        """
        share = torch.where(own, 1.0, self.cross_gradient).unsqueeze(-1)
        scaled: Tensor = _ScaledGradient.apply(style.loc + style.stddev * eps, share)
        return scaled


@dataclass(frozen=True, slots=True)
class StyleStack:
    """The posteriors over styles of one size, as one Gaussian, (K, B, D_m).

    A few operations for all modalities, where one after the other would take as many for each.

    Arguments:
        names: K modalities.
        posterior: their posteriors, in this order.
    """

    names: tuple[str, ...]
    posterior: Gaussian


def stacked(styles: Mapping[str, Gaussian]) -> list[StyleStack]:
    """Return the styles as one stack for each size."""
    sizes = dict.fromkeys(style.loc.shape[-1] for style in styles.values())
    names = [tuple(n for n, q in styles.items() if q.loc.shape[-1] == size) for size in sizes]
    return [StyleStack(same, _stack([styles[name] for name in same])) for same in names]


def _stack(several: Sequence[Gaussian]) -> Gaussian:
    loc = torch.stack([q.loc for q in several])
    return Gaussian(loc, torch.stack([q.logvar for q in several]))


class _ScaledGradient(torch.autograd.Function):
    """The identity, with its gradient multiplied by a constant for each row."""

    @staticmethod
    def forward(context: Any, values: Tensor, share: Tensor) -> Tensor:
        context.save_for_backward(share)
        return values.view_as(values)

    @staticmethod
    def backward(context: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        (share,) = context.saved_tensors
        return gradients[0] * share, None
