"""Checks of a modality's likelihood as a distribution: its density, its draws and its mode."""

import torch
from torch import Tensor
from torch.distributions import Distribution, constraints

from mmcore.modality import Modality
from mmcore.testing.check import Check, NotApplicable, require
from mmcore.testing.checks.cases import CONTENT, STYLE, ModalityCase
from mmcore.testing.checks.tools import seeded

__all__ = ["LIKELIHOOD_CHECKS", "likelihood_of"]

ROWS = 7
MOST_NUMBERS = 64
"""Up to how many numbers of an event are integrated over."""


def likelihood_of(modality: Modality, rows: int, style_dim: int = STYLE) -> Distribution:
    """Return the likelihood of ``rows`` latent values drawn from the prior, without gradients."""
    content = seeded(torch.randn, rows, CONTENT)
    with torch.no_grad():
        return modality.decode(content, torch.randn(rows, style_dim))


def log_prob_is_finite(case: ModalityCase) -> None:
    """log_prob is (B,) and finite, of the data set's sample and of the likelihood's own draws."""
    modality = case.built()
    likelihood = likelihood_of(modality, ROWS)
    values = {"the sample": case.prepared(modality), "its own draws": likelihood.sample()}
    for what, x in values.items():
        log_prob = likelihood.log_prob(x)
        require(log_prob.shape == (ROWS,), f"log_prob of {what} has shape {tuple(log_prob.shape)}")
        require(log_prob.isfinite().all(), f"log_prob of {what} is not finite")


def draws_in_support(case: ModalityCase) -> None:
    """Draws and the mode are of the event shape and in the support."""
    likelihood = likelihood_of(case.built(), ROWS)
    for what, x in (("draw", likelihood.sample()), ("mode", likelihood.mode)):
        shape = (ROWS, *likelihood.event_shape)
        require(x.shape == shape, f"a {what} has shape {tuple(x.shape)}, not {tuple(shape)}")
        inside = _support(likelihood).check(x).all()
        require(inside, f"a {what} is outside of the support {_support(likelihood)}")


def normalised(case: ModalityCase) -> None:
    """exp(log_prob) sums or integrates to one.

    Number by number, which is the whole of it where the numbers of an event are independent.
    """
    likelihood = likelihood_of(case.built(), 1)
    numbers = likelihood.event_shape.numel()
    if numbers > MOST_NUMBERS:
        raise NotApplicable(f"an event of {numbers} numbers is too large to integrate over")
    totals, base = _conditional_totals(case, numbers)
    # p(x) = prod_e p(x_e | the others), if they are independent: log p = sum_e (log p - log Z_e)
    found = float((base - totals).sum() - base)
    require(abs(found) < 1e-2, f"log of the integral is {-found:.4g}, not 0")


def draws_follow_density(case: ModalityCase) -> None:
    """The mean of the draws, number by number, is that of the distribution."""
    likelihood = likelihood_of(case.built(), 1)
    try:
        mean, stddev = likelihood.mean, likelihood.variance.sqrt()
    except (NotImplementedError, AttributeError) as error:
        raise NotApplicable("it does not say its mean and variance") from error
    if not bool(mean.isfinite().all()):
        raise NotApplicable("it has no mean, as a categorical distribution has none")
    draws = likelihood.sample(torch.Size((400,))).to(mean.dtype)
    off = ((draws.mean(0) - mean).abs() / (stddev / 20 + 1e-6)).max()
    require(bool(off < 6), f"the mean of 400 draws is off by {float(off):.3g} standard errors")


LIKELIHOOD_CHECKS = tuple(
    map(Check.of, (log_prob_is_finite, draws_in_support, normalised, draws_follow_density))
)


def _support(likelihood: Distribution) -> constraints.Constraint:
    try:
        support = likelihood.support
    except (NotImplementedError, AttributeError):
        support = None
    if support is None:
        raise NotApplicable("its likelihood does not say its support")
    if constraints.is_dependent(support):
        raise NotApplicable("what a number may be depends on the numbers before it")
    found: constraints.Constraint = (
        support.base_constraint if isinstance(support, constraints.independent) else support
    )
    return found


def _conditional_totals(case: ModalityCase, numbers: int) -> tuple[Tensor, Tensor]:
    """Return log of the integral over each number with the others held fixed, (E,), and log p, ()."""
    modality = case.built()
    base = likelihood_of(modality, 1).mode
    totals = []
    for number in range(numbers):
        points, weights = _points(likelihood_of(modality, 1), base.flatten()[number])
        x = base.flatten(1).repeat(len(points), 1)
        x[:, number] = points.to(x.dtype)
        rows = _repeated(modality, len(points))
        log_prob = rows.log_prob(x.reshape(-1, *base.shape[1:])).double()
        totals.append(torch.logsumexp(log_prob + weights.log(), 0))
    return torch.stack(totals), likelihood_of(modality, 1).log_prob(base).double().squeeze()


def _repeated(modality: Modality, rows: int) -> Distribution:
    content = seeded(torch.randn, 1, CONTENT)
    style = torch.randn(1, STYLE)
    with torch.no_grad():
        return modality.decode(content.repeat(rows, 1), style.repeat(rows, 1))


def _points(likelihood: Distribution, centre: Tensor) -> tuple[Tensor, Tensor]:
    """Return points of the support of one number, and what each counts in the sum or integral."""
    support = _support(likelihood)
    if support.event_dim:
        raise NotApplicable("the numbers of an event are bound to one another")
    if support.is_discrete:
        points = torch.arange(1024, dtype=torch.float64)
        points = points[support.check(points)]
        return points, torch.ones_like(points)
    # x = mode + sinh(u): near the mode as fine as 1e-3, and out to a thousand
    u = torch.linspace(-7.6, 7.6, 16001, dtype=torch.float64)
    points, weights = centre.double() + torch.sinh(u) / 2, torch.cosh(u) / 2 * (u[1] - u[0])
    inside = support.check(points)
    return points[inside], weights[inside]
