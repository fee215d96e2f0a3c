"""Checks of a prior as a distribution: draws, density and divergences."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor

from mmcore.distributions import Gaussian
from mmcore.noise import Noise
from mmcore.plugins import Context
from mmcore.priors import Prior
from mmcore.testing.check import Check, NotApplicable, require
from mmcore.testing.checks.integrals import (
    Weighted,
    require_draws_follow,
    require_mean,
    require_normalized,
)
from mmcore.testing.checks.scores import largest_score
from mmcore.testing.checks.tools import assert_close, double_precision, require_shape, seeded
from mmcore.testing.component import Component

__all__ = ["DIMS", "PRIOR_DENSITY_CHECKS", "ROWS", "PriorCase", "draws_of"]

ROWS, DIMS, DRAWS = 4, 2, 4000


@dataclass(frozen=True, slots=True)
class PriorCase:
    """Priors made by ``make(context)``."""

    make: Callable[[Context], Prior]
    component: Component | None = None

    @classmethod
    def of_component(cls, component: Component) -> "PriorCase":
        """Return the case of a registered prior."""

        def make(context: Context) -> Prior:
            prior: Prior = component.load()(component.settings, context)
            return prior

        return cls(make, component)

    def built(
        self, dims: int = DIMS, *, name: str = "", seed: int = 0, given_dim: int = 0
    ) -> Prior:
        """Return a new prior over the content, or over the style of the modality ``name``."""
        other = dims + 3
        context = Context(
            content_dim=other if name else dims,
            style_dims={"m0": dims if name == "m0" else other, "m1": other},
            name=name,
            given_dim=given_dim,
        )
        return seeded(self.make, context, seed=seed).eval()

    def remade(self, options: Mapping[str, Any]) -> Prior:
        """Return a new prior over the content with further options, which a registered prior has."""
        if not options:
            return self.built(seed=2)
        if self.component is None:
            raise NotApplicable("it is not a registered component")
        both = {**self.component.options, **options}
        return PriorCase.of_component(replace(self.component, options=both)).built(seed=2)


def draws_of(prior: Prior, rows: int = DRAWS, *, step: int = 0) -> Tensor:
    """Return one draw for each row, (B, D), without gradients."""
    with torch.no_grad():
        z = prior.sample(Noise(rows, step=step), "z")
    require(z.dim() == 2 and len(z) == rows, f"{rows} rows have draws of shape {tuple(z.shape)}")
    return z


def normalization(case: PriorCase) -> None:
    """The density integrates to one."""
    with double_precision():
        prior = case.built()
        require_normalized(Weighted.around(draws_of(prior, 256), prior.log_prob))


def draws_follow_density(case: PriorCase) -> None:
    """Draws have the moments of the density."""
    with double_precision():
        prior = case.built()
        weighted = Weighted.around(draws_of(prior, 256), prior.log_prob)
        require_draws_follow(weighted, draws_of(prior))
        require_draws_follow(weighted, prior.sample(Noise(DRAWS // 4), "z", 4).flatten(0, 1))


def score(case: PriorCase) -> None:
    """The gradient of log_prob in every parameter has mean zero over the prior's own draws."""
    prior = case.built()
    leaves = {name: p for name, p in prior.named_parameters() if p.requires_grad}
    if not leaves:
        raise NotApplicable("it has no parameters")
    largest = largest_score(
        lambda group: prior.log_prob(draws_of(prior, 64, step=group).detach()), leaves
    )
    if largest is not None:
        require(largest[1] < 8, f"the mean gradient in {largest[0]} is {largest[1]:.3g} errors off")


def mean(case: PriorCase) -> None:
    """`mean` is (D,) and the mean of the density."""
    with double_precision():
        prior = case.built()
        require_shape(prior.mean, (DIMS,), "the mean")
        weighted = Weighted.around(draws_of(prior, 256), prior.log_prob)
        # The default is an estimate from 4096 draws.
        spread = draws_of(prior).std(0).max() / 64
        require_mean(weighted, prior.mean.detach(), float(spread))


def gaussian(case: PriorCase) -> None:
    """`gaussian`, where it is not None, has shape (D,) and the density of the prior."""
    with double_precision():
        prior = case.built()
        p = prior.gaussian()
        if p is None:
            raise NotApplicable("it is not Gaussian")
        for name, tensor in (("loc", p.loc), ("logvar", p.logvar)):
            require_shape(tensor, (DIMS,), f"{name} of the Gaussian")
        z = draws_of(prior, 8) * 2
        message = "the density and that of the Gaussian"
        assert_close({"log_prob": prior.log_prob(z)}, {"log_prob": p.log_prob(z)}, message)


def divergence(case: PriorCase) -> None:
    """`kl` of a Gaussian q has the value and the gradient of its Monte Carlo estimate."""
    with double_precision():
        prior = case.built()
        one = {"loc": torch.tensor([0.7, -0.4]), "logvar": torch.tensor([-0.8, 0.3])}
        exact, estimate = (_divergences(prior, one, which) for which in ("kl", "estimate"))
        for name, values in exact.items():
            other = estimate[name]
            error = (values.var(0) + other.var(0)).div(DRAWS).sqrt() + 1e-6
            off = float(((values.mean(0) - other.mean(0)).abs() / error).max())
            require(off < 6, f"the {name} of kl is off by {off:.3g} standard errors")


def divergence_of_stacks(case: PriorCase) -> None:
    """`kl` of q with parameters (M, B, D) is (M, B), each as if computed alone."""
    with double_precision():
        prior = case.built()
        loc, logvar = seeded(torch.randn, 3, ROWS, DIMS), torch.randn(3, ROWS, DIMS)
        q, z = Gaussian(loc, logvar), loc + 0.1
        stacked = prior.kl(q, z)
        require_shape(stacked, (3, ROWS), f"kl of q with parameters {tuple(loc.shape)}")
        alone = [prior.kl(Gaussian(loc[m], logvar[m]), z[m]) for m in range(3)]
        assert_close({"kl": stacked}, {"kl": torch.stack(alone)}, "of several q at once")


def _divergences(prior: Prior, one: dict[str, Tensor], which: str) -> dict[str, Tensor]:
    """Return KL(q || p) and its gradients in the parameters of q, one for each of many draws."""
    parts = {name: x.expand(DRAWS, -1).clone().requires_grad_() for name, x in one.items()}
    q = Gaussian(parts["loc"], parts["logvar"])
    z = q.rsample(Noise(DRAWS))
    values = prior.kl(q, z) if which == "kl" else q.log_prob(z) - prior.log_prob(z)
    values.sum().backward()
    zero = torch.zeros_like(parts["loc"])
    grads = {f"gradient in {n}": zero if x.grad is None else x.grad for n, x in parts.items()}
    return {"value": values.detach().unsqueeze(1), **grads}


PRIOR_DENSITY_CHECKS = tuple(
    map(
        Check.of,
        (
            normalization,
            draws_follow_density,
            score,
            mean,
            gaussian,
            divergence,
            divergence_of_stacks,
        ),
    )
)
