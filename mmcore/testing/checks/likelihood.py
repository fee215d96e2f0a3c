"""Checks of a modality's likelihood as a distribution: its density, its draws and its mode."""

import torch
from torch import Tensor

from mmcore.modality import Modality
from mmcore.scoring import DecodedScorer
from mmcore.testing.check import Check, NotApplicable, Unchecked, require
from mmcore.testing.checks.cases import CONTENT, STYLE, ModalityCase
from mmcore.testing.checks.density import Density, likelihood_of, log_total, support_of
from mmcore.testing.checks.scores import GROUPS, largest_score
from mmcore.testing.checks.tools import assert_close, double_precision, seeded

__all__ = ["LIKELIHOOD_CHECKS"]

ROWS = 7
DRAWS = 400
SCORED_DRAWS = 3
NUMBERS, FEWEST, MOST = 200_000, 4, 64
"""Numbers drawn for the score, and the limits of the rows of a group of draws."""


def log_prob_is_finite(case: ModalityCase) -> None:
    """log_prob is (B,) and finite, of the data set's sample and of the likelihood's own draws."""
    modality = case.built()
    likelihood = likelihood_of(modality, ROWS)
    values = {"the sample": case.prepared(modality), "its own draws": likelihood.sample()}
    for name, x in values.items():
        log_prob = likelihood.log_prob(x)
        require(log_prob.shape == (ROWS,), f"log_prob of {name} has shape {tuple(log_prob.shape)}")
        require(log_prob.isfinite().all(), f"log_prob of {name} is not finite")


def draws_in_support(case: ModalityCase) -> None:
    """Draws and the mode have the event shape and are in the support."""
    likelihood = likelihood_of(case.built(), ROWS)
    for name, x in (("draw", likelihood.sample()), ("mode", likelihood.mode)):
        shape = (ROWS, *likelihood.event_shape)
        require(x.shape == shape, f"a {name} has shape {tuple(x.shape)}, not {tuple(shape)}")
        support = support_of(likelihood)
        require(support.check(x).all(), f"a {name} is outside of the support {support}")


def normalization(case: ModalityCase) -> None:
    """exp(log_prob) sums or integrates to one, and a discrete log_prob is not above 0.

    All values are summed over where they are few, and number by number where the numbers of an event
    are independent. Otherwise the check `score` has to do.
    """
    with double_precision():
        density = Density(case.built())
        _require_probabilities(density)
        total = log_total(density)
    if total is None:
        reason = "an event has too many values that depend on one another for a sum"
        if _largest_score(case) is None:
            raise Unchecked(f"{reason}, and log_prob has no gradient")
        raise NotApplicable(f"{reason}; the check score is done instead")
    message = f"log of the sum or integral of exp(log_prob) is {total.log:.4g}, not 0"
    require(abs(total.log) < total.tolerance, message)


def score(case: ModalityCase) -> None:
    """The gradient of log_prob has mean zero over the likelihood's own draws.

    This holds for every normalized density that the draws follow, of an event of any size.
    """
    largest = _largest_score(case)
    if largest is None:
        raise NotApplicable("log_prob has no gradient")
    name, off = largest
    require(off < 8, f"the mean gradient in {name} is {off:.3g} standard errors from 0")


def draws_follow_density(case: ModalityCase) -> None:
    """The mean of the draws, number by number, is that of the distribution."""
    likelihood = likelihood_of(case.built(), 1)
    try:
        mean, stddev = likelihood.mean, likelihood.variance.sqrt()
    except (NotImplementedError, AttributeError) as error:
        raise NotApplicable("it has no mean and variance") from error
    if not bool(mean.isfinite().all()):
        raise NotApplicable("it has no mean, as a categorical distribution has none")
    draws = likelihood.sample(torch.Size((DRAWS,))).to(mean.dtype)
    off = ((draws.mean(0) - mean).abs() / (stddev / DRAWS**0.5 + 1e-6)).max()
    require(bool(off < 6), f"the mean of {DRAWS} draws is off by {float(off):.3g} standard errors")


def scoring(case: ModalityCase) -> None:
    """`scoring` has the log density of decoding: of any draws, selected rows, missing cells, new weights."""
    raw = case.raw()
    with double_precision():
        modality = case.built()
        x = modality.prepare(raw.double() if raw.is_floating_point() else raw.clone())
        _require_decoded(modality, x, "the log density")
        with torch.no_grad():
            for parameter in modality.parameters():
                parameter.mul_(0.9)
        _require_decoded(modality, x, "after a change of the weights the log density")


LIKELIHOOD_CHECKS = tuple(
    map(
        Check.of,
        (log_prob_is_finite, draws_in_support, normalization, score, draws_follow_density, scoring),
    )
)


def _require_probabilities(density: Density) -> None:
    try:
        discrete = support_of(density.one).is_discrete
    except NotApplicable:
        discrete = not density.one.sample().is_floating_point()
    if discrete:
        values = torch.cat([density.draws(ROWS), density.center()])
        largest = float(density.log_prob(values).detach().max())
        require(largest <= 1e-4, f"log_prob is {largest:.4g} and the support is discrete")


def _largest_score(case: ModalityCase) -> tuple[str, float] | None:
    modality = case.built()
    rows = min(max(NUMBERS // modality.event_shape.numel() // GROUPS, FEWEST), MOST)
    content = torch.randn(rows, CONTENT, requires_grad=True)
    style = torch.randn(rows, STYLE, requires_grad=True)

    def log_prob(group: int) -> Tensor:
        likelihood = modality.decode(content, style)
        with torch.no_grad():
            x = likelihood.sample()
        return likelihood.log_prob(x)

    learned = {name: p for name, p in modality.named_parameters() if p.requires_grad}
    return largest_score(log_prob, {"the content": content, "the style": style, **learned})


@torch.no_grad()
def _require_decoded(modality: Modality, x: Tensor, what: str) -> None:
    content, style = (
        seeded(torch.randn, SCORED_DRAWS, ROWS, CONTENT),
        torch.randn(SCORED_DRAWS, ROWS, STYLE),
    )
    scorings, some = modality.scoring(), torch.arange(ROWS) % 2 == 0
    for kind, values in {"": x, " with missing cells": _with_missing(x)}.items():
        try:
            wanted = DecodedScorer(modality.decode, values)(content, style)
        except ValueError:
            if not kind:
                raise
            continue  # a distribution that validates values has no density of missing cells
        scorer = scorings(values)
        part = scorer.select(some)(content[:, some], style[:, some])
        # A modality without missing cells has no density of them.
        none = ~wanted.isfinite()
        pairs = {
            f"of rows{kind}": (scorer(content, style), wanted, none),
            f"of selected rows{kind}": (part, wanted[:, some], none[:, some]),
        }
        for name, (log_p, expected, without) in pairs.items():
            one, other = log_p.masked_fill(without, 0.0), expected.masked_fill(without, 0.0)
            assert_close(
                {name: one}, {name: other}, f"{what} by `scoring`, compared with decoding", 10
            )


def _with_missing(x: Tensor) -> Tensor:
    """Return values one third of whose elements are NaN; integers have no missing elements."""
    missing = torch.arange(x.numel()).reshape(x.shape) % 3 == 0
    return x.masked_fill(missing, torch.nan) if x.is_floating_point() else x
