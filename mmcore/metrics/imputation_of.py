"""Imputation: how near what is generated comes to what was held back, and how honest its spread is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from mmcore.codec import Codec
from mmcore.encoding import Encoding, Inference
from mmcore.inference.intervals import CentralInterval
from mmcore.inference.predictive import likelihood_draws, style_mean
from mmcore.inference.subsets import subset_name
from mmcore.noise import Noise

__all__ = ["COVERED", "Imputation", "impute"]

DRAWS, COVERED = 39, 0.9
"""With 39 draws, what covers .9 runs from one of them to another: from the 2nd to the 38th."""


@dataclass(frozen=True, slots=True)
class Imputation:
    """Errors and coverage by given subset and target.

    Arguments:
        error: mean absolute error of each element of continuous values, in `Modality.unit`, share of
            wrong elements of discrete ones; of the most likely value at the mean of content and style.
        coverage: share of the elements of continuous values within the interval.

    Missing elements, NaN, and rows that lack the target or some of the given, do not count; what no
    row has is left out.
    """

    error: Mapping[str, Mapping[str, float]]
    coverage: Mapping[str, Mapping[str, float]]


@torch.no_grad()
def impute(
    codec: Codec,
    posterior: Inference,
    encoding: Encoding,
    given: Sequence[tuple[str, ...]],
    noise: Noise,
) -> Imputation:
    r"""Generate every modality from every subset and compare with what is there.

    The interval runs from the 2nd to the 38th of 39 draws of :math:`p(x_m | X_K)`, with contents,
    styles and the likelihood's own noise drawn. One more draw, the truth, falls between them with
    probability 36/40 if the model is right.

    A style is that of the value itself where the modality is given, and from the prior elsewhere.

    Arguments:
        codec: the decoders.
        posterior: q(c | X_K).
        encoding: of the rows.
        given: subsets K.
        noise: the randomness of this batch.
    """
    error: dict[str, dict[str, float]] = {}
    coverage: dict[str, dict[str, float]] = {}
    for subset in given:
        there, key = encoding.has(subset), subset_name(subset)
        error[key], coverage[key] = {}, {}
        if not bool(there.any()):
            continue
        kept = encoding if bool(there.all()) else encoding.select(there)
        own, seen = replace(noise, rows=int(there.sum())), kept.restrict(subset)
        content = posterior(seen).mean
        for name, x in kept.values.items():
            rows = kept.has((name,))
            if not bool(rows.any()):
                continue
            unit = _unit(codec, name, x)
            guess = codec.decode(name, content, style_mean(codec, seen, name)).mode
            error[key][name] = _error(guess[rows], x[rows], unit)
            if not bool(unit.isnan().all()):
                low, high = _interval(codec, posterior, seen, name, own.at(key))
                within = ((low <= x) & (x <= high))[rows]
                coverage[key][name] = float(within[_told(x[rows], unit)].double().mean())
    return Imputation(error, coverage)


def _unit(codec: Codec, name: str, x: Tensor) -> Tensor:
    unit = codec[name].unit()
    if unit is None:
        unit = torch.full(x.shape[1:], 1.0 if x.is_floating_point() else torch.nan, device=x.device)
    return unit


def _told(x: Tensor, unit: Tensor) -> Tensor:
    """Return which elements are there and on a scale."""
    return ~x.isnan() & ~unit.isnan().expand_as(x)


def _error(guess: Tensor, x: Tensor, unit: Tensor) -> float:
    distance = (guess - x).abs().double() / unit
    wrong = torch.where(unit.isnan(), (guess != x).double(), distance)
    return float(wrong[~x.isnan()].mean())


def _interval(
    codec: Codec, posterior: Inference, seen: Encoding, name: str, noise: Noise
) -> tuple[Tensor, Tensor]:
    interval = CentralInterval(DRAWS, COVERED)
    for likelihood in likelihood_draws(codec, posterior, seen, name, DRAWS, noise):
        interval.add(likelihood.sample())
    return interval.bounds()
