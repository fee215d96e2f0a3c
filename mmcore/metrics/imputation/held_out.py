"""Comparison of the draws of a model with held-out values."""

from dataclasses import dataclass, replace
from math import nan

import torch
from torch import Tensor

from mmcore.codec import Codec
from mmcore.encoding import Encoding, Inference
from mmcore.inference.prediction.predictive import DrawnClasses, likelihood_draws, units
from mmcore.inference.prediction.ranks import Ranks
from mmcore.noise import Noise
from mmcore.regression import Regression, mixed_noise

__all__ = ["BINS", "DRAWS", "LEVELS", "HeldOutResult", "ImputationErrors", "held_out_result"]

DRAWS = 39
LEVELS = (0.5, 0.8, 0.9, 0.95)
"""With 39 draws, the bounds of these intervals are draws, such as the 2nd and the 38th for .9."""
BINS = 10


@dataclass(frozen=True, slots=True)
class ImputationErrors:
    """Errors of imputed values, summed over the known elements of each record.

    Shapes:
        squares: (N,), squared errors of numbers, in units of the elements. numbers: (N,), their count.
        wrong: (N,), wrong categories. categories: (N,), their count.
    """

    squares: Tensor
    numbers: Tensor
    wrong: Tensor
    categories: Tensor

    @classmethod
    def of(cls, guess: Tensor, truth: Tensor, unit: Tensor) -> "ImputationErrors":
        """Return the errors of ``guess``, (N, *E), for ``truth``, NaN where missing; unit is E."""
        known, coded = ~truth.isnan(), unit.isnan().expand_as(truth)
        squares = ((guess - truth).double() / unit).square().where(known & ~coded, 0.0)
        wrong = (guess != truth) & known & coded
        parts = squares, known & ~coded, wrong, known & coded
        return cls(*(part.double().flatten(1).sum(1) for part in parts))

    def rmse(self, rows: Tensor | None = None) -> float | None:
        """Return the root mean squared error of the numbers, of some rows; None without a number."""
        return _mean(self.squares, self.numbers, rows, 0.5)

    def share(self, rows: Tensor | None = None) -> float | None:
        """Return the share of wrong categories, of some rows; None without a category."""
        return _mean(self.wrong, self.categories, rows)


@dataclass(frozen=True, slots=True)
class HeldOutResult:
    """The comparison of one modality, given others, with its held-out values.

    Shapes:
        rows: (B,) bool, the records of the batch that have the modality and the given ones.
        pit: (`BINS`,), share of the elements in each bin of the probability integral transform.

    Arguments:
        errors: errors of the predictive mean, or of the most likely category.
        coverage: share of the numbers in the interval of each level of `LEVELS`; empty without numbers.
        crps: (N,) means over the elements of each record, in units; NaN for a record without elements.
    """

    rows: Tensor
    errors: ImputationErrors
    coverage: tuple[float, ...]
    crps: Tensor
    pit: Tensor

    @property
    def score(self) -> tuple[float, float]:
        """The mean CRPS over the records, and its standard error; NaN of too few records."""
        known = self.crps[~self.crps.isnan()]
        error = float(known.std()) / len(known) ** 0.5 if len(known) > 1 else nan
        return float(known.mean()), error

    def among(self, outer: Tensor) -> "HeldOutResult":
        """Return the result with ``rows`` of a batch of which the mask ``outer`` selected these."""
        rows = outer.cpu().clone()
        rows[outer.cpu()] = self.rows
        return replace(self, rows=rows)


@torch.no_grad()
def held_out_result(
    codec: Codec,
    posterior: Inference,
    encoding: Encoding,
    name: str,
    rows: Tensor,
    noise: Noise,
    regression: Regression | None = None,
) -> HeldOutResult:
    r"""Draw a modality given the modalities in ``encoding``, and compare the draws with its values.

    Arguments:
        codec: the decoders.
        posterior: q(c | X_K).
        encoding: rows, restricted to the given modalities; the values of the others are the truth.
        name: the modality.
        rows: the rows that are compared, (B,) bool.
        noise: randomness of the rows of ``encoding``.
        regression: of the model; it moves the draws of a modality that is not given, as in ``mmcore impute``.
    """
    truth = encoding.values[name]
    shift = _shift(codec, posterior, encoding, name, noise, regression)
    unit = units(codec[name], truth)
    ranks, classes, mean = Ranks(truth, ~unit.isnan()), DrawnClasses(), torch.zeros(())
    coded = unit.isnan()
    with mixed_noise(codec, name, None if shift is None else regression):
        for likelihood in likelihood_draws(codec, posterior, encoding, name, DRAWS, noise):
            draw = likelihood.sample()
            ranks.add(draw if shift is None else draw + shift)
            if bool(coded.any()):
                classes.add(codec[name].class_probabilities(likelihood), draw[:, coded])
            if not bool(coded.all()):
                mean = mean + likelihood.mean / DRAWS
    mean = mean if shift is None else mean + shift
    guess = mean.expand_as(truth).clone() if mean.dim() else torch.zeros_like(truth)
    if bool(coded.any()):
        guess[:, coded] = classes.most_likely(DRAWS)[0].to(guess)
    return _compared(ranks, guess, truth, unit, rows, noise)


def _shift(
    codec: Codec,
    posterior: Inference,
    encoding: Encoding,
    name: str,
    noise: Noise,
    regression: Regression | None,
) -> Tensor | None:
    """Return what the regression adds to the draws of `held_out_result`; None if it has no part in them."""
    if regression is None or name not in regression.names or bool(encoding.has((name,)).any()):
        return None
    draws = likelihood_draws(codec, posterior, encoding, name, DRAWS, noise)
    mean = torch.stack([likelihood.mean for likelihood in draws]).mean(0)
    return regression.shift(codec, encoding, name, mean)


def _compared(
    ranks: Ranks, guess: Tensor, truth: Tensor, unit: Tensor, rows: Tensor, noise: Noise
) -> HeldOutResult:
    known = ~truth[rows].isnan()
    numbers = known & ~unit.isnan()
    covered = [ranks.within(level)[rows][numbers].double() for level in LEVELS]
    each = (ranks.crps() / unit.nan_to_num(1.0))[rows].double().masked_fill(~known, torch.nan)
    uniform = noise.uniform("pit", *truth.shape[1:])
    pit = ranks.pit(uniform)[rows][known].float().cpu()
    return HeldOutResult(
        rows.cpu(),
        ImputationErrors.of(guess[rows].cpu(), truth[rows].cpu(), unit.cpu()),
        tuple(float(inside.mean()) for inside in covered) if bool(numbers.any()) else (),
        each.flatten(1).nanmean(1).cpu(),
        torch.histc(pit, BINS, 0.0, 1.0) / max(len(pit), 1),
    )


def _mean(total: Tensor, count: Tensor, rows: Tensor | None, power: float = 1.0) -> float | None:
    chosen = slice(None) if rows is None else rows
    elements = float(count[chosen].sum())
    return (float(total[chosen].sum()) / elements) ** power if elements else None
