"""The first parameters of a decoder, those of a linear model of the standardized numbers of a row."""

from collections.abc import Callable

import torch
from torch import Tensor

from mmcore.factors import Factors
from mmcore_table.decoder import LEAST_SCALE, RowDecoder
from mmcore_table.linear import places_of

LEAST_SHARE = 0.02
"""Smallest share of a category: the linear model of its log odds is steep where it is small."""
LEAST_MEAN, STEEPEST = 1e-4, 3.0
"""Smallest mean of a count, and largest change of its logarithm relative to that of log(1 + x)."""
FEW_ZEROS = -4.0
"""Log odds of a zero beside the counts, whose moments contain all zeros."""
HIGHEST_DISPERSION = 1e4
"""Largest dispersion, that of a count that is nearly Poisson."""
STEPS = (0.5, 8.0)
"""Distance of the cut points of ordered columns."""
LOGISTIC = 1.81
"""Standard deviation of the logistic distribution."""


@torch.no_grad()
def start_decoder(decoder: RowDecoder, factors: Factors) -> None:
    """Set the parameters to those of a linear model; the network has no influence then.

    Numbers have the linear model itself. Of the others, the first-order approximation at the mean is used.
    """
    assert decoder.skip is not None, "a decoder with a linear part"
    decoder.linear.weight.zero_()
    decoder.linear.bias.zero_()
    heads = dict(zip(decoder.widths, decoder.skip.split([*decoder.widths.values()]), strict=True))
    biases = decoder.linear.bias.split([*decoder.widths.values()])
    for (kind, skip), bias in zip(heads.items(), biases, strict=True):
        if kind == "extra zeros":
            bias.fill_(FEW_ZEROS)
        if kind in _HEADS and len(skip):
            own = _part(factors, places_of(decoder.layout, kind))
            gain, shift = _HEADS[kind](decoder, kind, own)
            skip.copy_(own.loadings * gain.unsqueeze(1))
            bias.copy_(shift + gain * own.offset)
    numbers = [_part(factors, places_of(decoder.layout, kind)) for kind in ("real", "student")]
    scale = torch.cat([part.residual for part in numbers]).sqrt() - LEAST_SCALE
    decoder.spread.copy_(_inverse_softplus(scale.clamp_min(1e-3)) - 0.54)
    # That of held-out rows, see `mmcore.factors.choice`; the training would fit it to its own.
    decoder.spread.requires_grad_(False)


def _part(factors: Factors, places: Tensor) -> Factors:
    return factors.of(places)


def _number(decoder: RowDecoder, kind: str, own: Factors) -> tuple[Tensor, Tensor]:
    """Return the factor of the linear model of each column, and what is added."""
    return torch.ones_like(own.offset), torch.zeros_like(own.offset)


def _count(decoder: RowDecoder, kind: str, own: Factors) -> tuple[Tensor, Tensor]:
    """The logarithm of the mean, of which the moments of log(1 + x) are known."""
    loc, scale = _moments(decoder, kind)
    mean = torch.expm1(loc + scale**2 / 2).clamp_min(LEAST_MEAN)
    first = len(decoder.layout.of("count")) if kind == "zero-inflated" else 0
    # Log-normal 1 + x: Var[x] = (1 + mu)^2 (exp(residual) - 1). Negative binomial: mu + mu^2 / r.
    variance = (1 + mean) ** 2 * torch.expm1(own.residual * scale**2)
    dispersion = mean**2 / (variance - mean).clamp_min(mean**2 / HIGHEST_DISPERSION)
    decoder.dispersion[first : first + len(mean)] = _inverse_softplus(dispersion.clamp_min(0.01))
    return ((1 + mean) / mean).clamp_max(STEEPEST), (mean.log() - loc) / scale


def _binary(decoder: RowDecoder, kind: str, own: Factors) -> tuple[Tensor, Tensor]:
    share, deviation = _moments(decoder, kind)
    share = share.clamp(LEAST_SHARE, 1 - LEAST_SHARE)
    return deviation / (share * (1 - share)), share.logit()


def _categorical(decoder: RowDecoder, kind: str, own: Factors) -> tuple[Tensor, Tensor]:
    share = own.offset.clamp_min(LEAST_SHARE)
    return 1 / share, share.log() - own.offset / share


def _ordered(decoder: RowDecoder, kind: str, own: Factors) -> tuple[Tensor, Tensor]:
    """The index of the category in units of the distance of the cut points, which the noise decides."""
    loc, scale = _moments(decoder, kind)
    step = (LOGISTIC / (own.residual.sqrt() * scale)).clamp(*STEPS)
    decoder.steps.copy_(_inverse_softplus(step).unsqueeze(1).expand_as(decoder.steps))
    # The cut points begin half of the sum of all steps below 0, also of columns with fewer categories.
    return step * scale, step * (loc + 0.5 - decoder.steps.shape[1] / 2)


def _moments(decoder: RowDecoder, kind: str) -> tuple[Tensor, Tensor]:
    places = decoder.layout.of(kind)
    return decoder.layout.loc[places].double(), decoder.layout.scale[places].double()


def _inverse_softplus(x: Tensor) -> Tensor:
    return x + torch.log(-torch.expm1(-x))


_HEADS: dict[str, Callable[[RowDecoder, str, Factors], tuple[Tensor, Tensor]]] = {
    "real": _number,
    "student": _number,
    "count": _count,
    "zero-inflated": _count,
    "binary": _binary,
    "categorical": _categorical,
    "ordered": _ordered,
}
