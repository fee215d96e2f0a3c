"""Checks of a prior that is fitted to draws."""

import torch
from torch import Tensor

from mmcore.noise import Noise
from mmcore.priors import Prior
from mmcore.testing.check import Check, require
from mmcore.testing.checks.prior_density import DIMS, PriorCase
from mmcore.testing.checks.tools import assert_close, require_finite, through_a_file

__all__ = ["PRIOR_FIT_CHECKS"]

ROWS, SLACK = 400, 0.05
"""Number of draws, and the nats by which the density of others may fall by chance."""


def fits_draws(case: PriorCase) -> None:
    """`fit` does not lower the density of held-out draws, and leaves a density of its own draws."""
    prior, (draws, held_out) = case.built(), _draws()
    before = float(prior.log_prob(held_out).detach().mean())
    prior.fit(draws, held_out, Noise(ROWS))
    after = float(prior.log_prob(held_out).detach().mean())
    require(
        after > before - SLACK, f"held-out draws have {before:.3g} nats before, {after:.3g} after"
    )
    own = prior.sample(Noise(ROWS), "z")
    require_finite({"a draw": own, "log_prob": prior.log_prob(own)}, "after a fit")


def fits_repeatably(case: PriorCase) -> None:
    """Equal draws and noise give equal parameters, at any global seed."""
    parameters = [_fitted(case, seed).state_dict() for seed in (1, 2)]
    for name, value in parameters[0].items():
        require(torch.equal(value, parameters[1][name]), f"{name} differs from fit to fit")


def saves_a_fit(case: PriorCase) -> None:
    """The parameters of a fit are loaded into a new prior that is made with `portable_settings`."""
    one = _fitted(case, 1)
    other = case.remade(one.portable_settings)
    through_a_file(one, other)
    z = _draws()[1]
    densities = (prior.log_prob(z).detach() for prior in (other, one))
    actual, wanted = ({"log_prob": density} for density in densities)
    assert_close(actual, wanted, "after a fit, saving and loading")
    actual, wanted = ({"a draw": prior.sample(Noise(4), "z").detach()} for prior in (other, one))
    assert_close(actual, wanted, "after a fit, saving and loading")


PRIOR_FIT_CHECKS = tuple(
    Check.of(check, slow=True) for check in (fits_draws, fits_repeatably, saves_a_fit)
)


def _draws() -> tuple[Tensor, Tensor]:
    """Return correlated draws around two centers: those of a fit, and held-out ones."""
    noise = Noise(ROWS, seed=1)
    turned = noise.normal("draws", DIMS) @ torch.tensor([[0.6, 0.3], [0.0, 0.4]])
    draws = turned + torch.where(noise.uniform("side", 1) < 0.3, 2.0, -1.0)
    return draws[: ROWS // 2], draws[ROWS // 2 :]


def _fitted(case: PriorCase, seed: int) -> Prior:
    prior = case.built()
    torch.default_generator.manual_seed(seed)
    prior.fit(*_draws(), Noise(ROWS))
    return prior
