"""Checks of a prior that may depend on given values."""

import torch
from torch import Tensor

from mmcore.noise import Noise
from mmcore.priors import ConditionalPrior
from mmcore.testing.check import Check, NotApplicable, require
from mmcore.testing.checks.prior_density import DIMS, ROWS, PriorCase
from mmcore.testing.checks.tools import assert_close, require_finite, require_shape

__all__ = ["PRIOR_GIVEN_CHECKS"]

GIVEN, FITTED = 3, 400


def given_values(case: PriorCase) -> None:
    """A conditional prior has draws and a density for the given values of each row, and of that row alone."""
    prior, given = _conditional(case), Noise(ROWS).normal("given", GIVEN)
    for draws in ((), (3,), (2, 3)):
        z = prior.sample(Noise(ROWS), "z", *draws, given=given)
        require_shape(z, (ROWS, *draws, DIMS), f"a sample of draws {draws} with given values")
        log_prob = prior.log_prob(z.movedim(0, -2), given)
        require_shape(log_prob, (*draws, ROWS), f"log_prob of {tuple(z.shape)} with given values")
        require_finite({"a draw": z, "log_prob": log_prob}, "with given values")
    z, other = prior.sample(Noise(ROWS), "z", given=given), given.clone()
    other[0] += 1.0
    again = prior.sample(Noise(ROWS), "z", given=other)
    wanted, own = prior.log_prob(z, given), prior.log_prob(z, other)
    require(not torch.equal(own[0], wanted[0]), "the given values do not change the density")
    rest = {"a draw": again[1:].detach(), "log_prob": own[1:].detach()}
    assert_close(
        rest,
        {"a draw": z[1:].detach(), "log_prob": wanted[1:].detach()},
        "where the values of another row differ",
    )


def fits_given_values(case: PriorCase) -> None:
    """After `fit`, held-out draws have a higher density with their own given values than with others."""
    prior, draws, held_out = _conditional(case), _pairs(1), _pairs(2)
    prior.fit(draws, held_out, Noise(FITTED))
    z, given = held_out.split([DIMS, GIVEN], -1)
    own = float(prior.log_prob(z, given).detach().mean())
    others = float(prior.log_prob(z, given.roll(1, 0)).detach().mean())
    require(own > others + 0.5, f"{own:.3g} nats with their own values, {others:.3g} with others")


PRIOR_GIVEN_CHECKS = (Check.of(given_values), Check.of(fits_given_values, slow=True))


def _conditional(case: PriorCase) -> ConditionalPrior:
    prior = case.built(given_dim=GIVEN)
    if not isinstance(prior, ConditionalPrior):
        raise NotApplicable("it is not a ConditionalPrior")
    return prior


def _pairs(seed: int) -> Tensor:
    """Return draws around a linear function of the given values, and these, (N, D + G)."""
    noise = Noise(FITTED, seed=seed)
    given = noise.normal("given", GIVEN)
    return torch.cat([given[:, :DIMS] + 0.3 * noise.normal("draws", DIMS), given], -1)
