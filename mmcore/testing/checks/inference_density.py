"""Checks of a joint posterior as a distribution: its draws and its density."""

import torch
from torch import Tensor

from mmcore.batch import Batch
from mmcore.noise import Noise
from mmcore.testing.check import Check, require
from mmcore.testing.checks.integrals import require_draws_follow, require_mean, require_normalized
from mmcore.testing.checks.posterior import InferenceCase, densities, filled
from mmcore.testing.checks.scores import largest_score
from mmcore.testing.checks.tools import double_precision, seeded
from mmcore.testing.checks.trial import ROWS, data, masks

__all__ = ["INFERENCE_DENSITY_CHECKS"]

DRAWS = 4000


def draws_from_noise(case: InferenceCase) -> None:
    """Posterior and draws depend on the noise alone, not on a global seed, and differ by step."""
    built, batch = case.built(), Batch.of(data())
    one, two = (seeded(built, batch, seed=seed) for seed in (1, 2))
    require(torch.equal(densities(one), densities(two)), "equal noise gives another posterior")
    z, y = (seeded(one.rsample, Noise(ROWS), seed=seed) for seed in (1, 2))
    require(torch.equal(z, y), "equal noise gives other draws")
    require(not torch.equal(z, one.rsample(Noise(ROWS, step=1))), "two steps draw the same")


def normalization(case: InferenceCase) -> None:
    """The density of a posterior integrates to one, for each number of modalities."""
    with double_precision():
        for row in case.built().single_rows():
            require_normalized(row.weighted())


def draws_follow_density(case: InferenceCase) -> None:
    """Draws of a posterior have the moments of its density."""
    with double_precision():
        for row in case.built().single_rows():
            require_draws_follow(row.weighted(), row.draws(DRAWS))


def mean_of_density(case: InferenceCase) -> None:
    """The mean of a posterior is that of its density."""
    with double_precision():
        for row in case.built().single_rows():
            require_mean(row.weighted(), row.q.mean[0].detach())


def score(case: InferenceCase) -> None:
    """The gradient of log_prob in parameters and experts has mean zero over a posterior's own draws."""
    built = case.built()
    encoding = filled(built.encode(Batch.of(data(), masks())).repeat(8), 0.0, grad=True)
    leaves: dict[str, Tensor] = {n: p for n, p in built.parameters() if p.requires_grad}
    leaves |= {"loc": encoding.content.loc, "logvar": encoding.content.logvar}

    def log_prob(group: int) -> Tensor:
        noise = Noise(encoding.rows, step=group)
        q = built.posterior(encoding)
        return q.log_prob(q.rsample(noise).detach())

    largest = largest_score(log_prob, leaves)
    if largest is not None:
        require(largest[1] < 8, f"the mean gradient in {largest[0]} is {largest[1]:.3g} errors off")


def draws_are_differentiable(case: InferenceCase) -> None:
    """A draw has a gradient with regard to the encoders or its own parameters."""
    built = case.built()
    built(Batch.of(data())).rsample(Noise(ROWS)).sum().backward()
    grads = [p.grad for _, p in built.parameters() if p.grad is not None]
    require(any(bool(g.any()) for g in grads), "no gradient flows from a draw")


INFERENCE_DENSITY_CHECKS = tuple(
    map(
        Check.of,
        (
            draws_from_noise,
            normalization,
            draws_follow_density,
            mean_of_density,
            score,
            draws_are_differentiable,
        ),
    )
)
