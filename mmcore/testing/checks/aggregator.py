"""Checks of an abstract mean."""

from collections.abc import Sequence

import torch
from torch import Tensor

from mmcore.aggregators import Aggregator, Experts, with_prior
from mmcore.distributions import Gaussian, LatentDistribution
from mmcore.noise import Noise
from mmcore.testing.check import Check, NotApplicable, require
from mmcore.testing.checks.cases import AggregatorCase
from mmcore.testing.checks.component import COMPONENT_CHECKS
from mmcore.testing.checks.tools import (
    assert_close,
    double_precision,
    require_every_gradient,
    require_finite,
    seeded,
    sent,
    through_a_file,
)
from mmcore.testing.kit import Kit

__all__ = ["AGGREGATOR"]

EXPERTS, ROWS, DIMS = 3, 4, 2
WEIGHTS = (0.5, 0.3, 0.2)
DRAWS = 20000


def order_of_experts(case: AggregatorCase) -> None:
    """The order of the experts does not matter, with the prior among them or without."""
    with double_precision():
        mean = _built(case)
        for prior in (None, 0.4):
            straight, turned = _experts(prior=prior), _experts((2, 0, 1), prior=prior)
            _assert_same(mean(turned), mean(straight), "in another order of the experts")


def absent_experts(case: AggregatorCase) -> None:
    """A row that lacks experts has the result of its other experts alone."""
    with double_precision():
        mean, present = _built(case), _masks()
        together = mean(_experts(present=present)).log_prob(_points())
        for row in range(ROWS):
            available = present[:, row].nonzero().squeeze(1).tolist()
            alone = mean(_experts(available)).log_prob(_points())
            message = f"of a row that has the experts {available} of {EXPERTS}"
            assert_close({"log_prob": together[:, row]}, {"log_prob": alone[:, row]}, message)


def absent_gradients(case: AggregatorCase) -> None:
    """No gradient of the density or of a draw reaches an absent expert, and all are finite."""
    mean, present = _built(case), _masks()
    loc = seeded(torch.randn, EXPERTS, ROWS, DIMS).requires_grad_()
    logvar = torch.zeros(EXPERTS, ROWS, DIMS).requires_grad_()
    fused = mean(Experts.weighted(Gaussian(loc, logvar), present, torch.tensor(WEIGHTS)))
    (fused.log_prob(_points().float()).sum() + fused.rsample(Noise(ROWS)).sum()).backward()
    for name, tensor in (("loc", loc), ("logvar", logvar)):
        value = torch.zeros(()) if tensor.grad is None else tensor.grad
        require(bool(value.any()), f"no gradient reaches the {name} of any expert")
        require(value.isfinite().all(), f"the gradient of {name} is not finite")
        require(not bool(value[~present].any()), f"an absent expert's {name} gets a gradient")


def parameters_learn(case: AggregatorCase) -> None:
    """A gradient that is finite and not zero reaches every parameter of its own."""
    mean = _built(case)
    if not list(mean.parameters()):
        raise NotApplicable("it has no parameters")
    mean(_experts()).log_prob(_points().float()).sum().backward()
    require_every_gradient({"": mean})


def rows_apart(case: AggregatorCase) -> None:
    """Rows do not influence one another."""
    with double_precision():
        mean, whole, z = _built(case), _experts(), _points()
        changed = whole.gaussians.loc.clone()
        changed[:, 1:] += 10.0
        other = Experts(
            Gaussian(changed, whole.gaussians.logvar), whole.present, whole.weights, whole.noise
        )
        one, two = mean(whole).log_prob(z)[:, :1], mean(other).log_prob(z)[:, :1]
        assert_close(
            {"log_prob": two}, {"log_prob": one}, "with other rows beside it a row changes"
        )


def one_expert(case: AggregatorCase) -> None:
    """The result of one expert is that expert."""
    with double_precision():
        only = _experts((1,))
        single = Gaussian(only.gaussians.loc[0], only.gaussians.logvar[0])
        _assert_same(_built(case)(only), single, "of one expert alone")


def integrates_to_one(case: AggregatorCase) -> None:
    """The density integrates to one."""
    with double_precision():
        grid, density = _density(_built(case))
        total = float(torch.trapezoid(density, grid))
        require(abs(total - 1) < 1e-5, f"the integral is {total:.6g}")


def mean_of_density(case: AggregatorCase) -> None:
    """Its mean is that of its density."""
    with double_precision():
        mean = _built(case)
        grid, density = _density(mean)
        wanted = torch.trapezoid(density * grid, grid) / torch.trapezoid(density, grid)
        value = float(mean(_experts(rows=1, dims=1)).mean.detach())
        require(abs(value - float(wanted)) < 1e-4, f"{value:.6g}, the density's is {wanted:.6g}")


def draws_follow_density(case: AggregatorCase) -> None:
    """Draws have the mean and the variance of the density."""
    with double_precision():
        mean = _built(case)
        grid, density = _density(mean)
        p = density / density.sum()
        center = (p * grid).sum()
        spread = (p * (grid - center) ** 2).sum()
        fourth = (p * (grid - center) ** 4).sum()
        one = _experts(rows=1, dims=1)
        z = mean(_repeated(one, DRAWS)).rsample(Noise(DRAWS)).detach()
        require(z.shape == (DRAWS, 1), f"{DRAWS} rows give draws of shape {tuple(z.shape)}")
        off = float((z.mean() - center).abs() / (spread / DRAWS).sqrt())
        require(off < 5, f"the mean of the draws is off by {off:.3g} standard errors")
        error = ((fourth - spread**2) / DRAWS).sqrt()
        off = float((((z - center) ** 2).mean() - spread).abs() / error)
        require(off < 5, f"the variance of the draws is off by {off:.3g} standard errors")


def draws_from_noise(case: AggregatorCase) -> None:
    """Draws depend on the noise alone, not on a global seed, and differ by step."""
    mean = _built(case)
    torch.default_generator.manual_seed(1)
    one = mean(_experts()).rsample(Noise(ROWS))
    torch.default_generator.manual_seed(2)
    require(torch.equal(one, mean(_experts()).rsample(Noise(ROWS))), "equal noise, other draws")
    other = mean(_experts()).rsample(Noise(ROWS, step=1))
    require(not torch.equal(one, other), "the draws of two steps are the same")


def extreme_variances(case: AggregatorCase) -> None:
    """Mean and draws are finite where experts have variances of e^-80 and e^80."""
    logvar = torch.tensor([-80.0, 80.0]).reshape(2, 1, 1).expand(2, ROWS, DIMS)
    available = torch.ones(2, ROWS, dtype=torch.bool)
    result = Experts.weighted(
        Gaussian(torch.ones(2, ROWS, DIMS), logvar), available, torch.ones(2), noise=Noise(ROWS)
    )
    fused = _built(case)(result)
    require_finite(
        {"the mean": fused.mean, "a draw": fused.rsample(Noise(ROWS))}, "with extreme variances"
    )


def precision_kept(case: AggregatorCase) -> None:
    """The result has the precision of the experts, float32 or float64."""
    kinds = []
    for wanted in (torch.float32, torch.float64):
        with double_precision():
            torch.set_default_dtype(wanted)
            fused = _built(case)(_experts())
            kinds = [fused.mean.dtype, fused.rsample(Noise(ROWS)).dtype]
        require(kinds == [wanted] * 2, f"experts in {wanted} give {kinds[0]}, draws in {kinds[1]}")


def declares_gaussian(case: AggregatorCase) -> None:
    """`is_gaussian` is true if and only if the result is a `Gaussian`."""
    mean = _built(case)
    result = isinstance(mean(_experts()), Gaussian)
    require(
        result == mean.is_gaussian, f"is_gaussian is {mean.is_gaussian}, of the result {result}"
    )


def declares_mean(case: AggregatorCase) -> None:
    """`is_mean` is true if and only if equal experts give that expert."""
    with double_precision():
        mean, z = _built(case), _points()
        only = _experts((1,)).gaussians
        loc, logvar = (t.expand(EXPERTS, ROWS, DIMS) for t in (only.loc, only.logvar))
        present = torch.ones(EXPERTS, ROWS, dtype=torch.bool)
        equal = Experts.weighted(Gaussian(loc, logvar), present, torch.tensor(WEIGHTS))
        single = Gaussian(only.loc[0], only.logvar[0]).log_prob(z)
        result = torch.allclose(mean(equal).log_prob(z), single, atol=1e-6)
        require(result == mean.is_mean, f"is_mean is {mean.is_mean}, of equal experts {result}")


def saving(case: AggregatorCase) -> None:
    """Parameters that are saved as safetensors and loaded into a new aggregator give the same result."""
    one, other = seeded(case.make, seed=1), seeded(case.make, seed=2)
    through_a_file(one, other)
    _assert_same(other(_experts()), one(_experts()), "after saving and loading")


def sent_to_worker(case: AggregatorCase) -> None:
    """It can be sent to another process, where its result is the same."""
    mean = _built(case)
    wanted = mean(_experts())
    _assert_same(sent(mean)(_experts()), wanted, "in another process")


def compiles(case: AggregatorCase) -> None:
    """torch.compile accepts it, graph breaks allowed, and the result is the same."""
    mean = _built(case)
    wanted = mean(_experts())
    torch.compiler.reset()
    _assert_same(torch.compile(mean, backend="eager")(_experts()), wanted, "compiled")
    torch.compiler.reset()


AGGREGATOR = Kit(
    "aggregator",
    AggregatorCase,
    AggregatorCase.of_component,
    (
        *COMPONENT_CHECKS,
        *map(
            Check.of,
            (
                order_of_experts,
                absent_experts,
                absent_gradients,
                parameters_learn,
                rows_apart,
                one_expert,
                integrates_to_one,
                mean_of_density,
                draws_follow_density,
                draws_from_noise,
                extreme_variances,
                precision_kept,
                declares_gaussian,
                declares_mean,
                saving,
                sent_to_worker,
            ),
        ),
        Check.of(compiles, slow=True),
    ),
)


def _built(case: AggregatorCase) -> Aggregator:
    return seeded(case.make)


def _experts(
    order: Sequence[int] = (0, 1, 2),
    *,
    rows: int = ROWS,
    dims: int = DIMS,
    present: Tensor | None = None,
    prior: float | None = None,
) -> Experts:
    generator = torch.Generator().manual_seed(0)
    loc = torch.randn(EXPERTS, rows, dims, generator=generator)
    logvar = 0.5 * torch.randn(EXPERTS, rows, dims, generator=generator)
    available = torch.ones(EXPERTS, rows, dtype=torch.bool) if present is None else present
    chosen = list(order)
    weights, available = torch.tensor(WEIGHTS)[chosen], available[chosen]
    gaussians = Gaussian(loc[chosen], logvar[chosen])
    if prior is not None:
        standard = Gaussian(torch.zeros(dims), torch.zeros(dims))
        gaussians, available = with_prior(standard, gaussians, available)
        weights = torch.cat([torch.tensor([prior]), weights])
    return Experts.weighted(gaussians, available, weights, Noise(rows))


def _repeated(one: Experts, rows: int) -> Experts:
    q = Gaussian(one.gaussians.loc.repeat(1, rows, 1), one.gaussians.logvar.repeat(1, rows, 1))
    return Experts(q, one.present.repeat(1, rows), one.weights.repeat(1, rows), Noise(rows))


def _masks() -> Tensor:
    """Which of three experts four rows have; every row lacks others."""
    rows = [[True, False, True, True], [True, True, False, False], [False, True, True, False]]
    return torch.tensor(rows)


def _points() -> Tensor:
    generator = torch.Generator().manual_seed(5)
    return torch.randn(9, ROWS, DIMS, generator=generator, dtype=torch.float64)


def _density(mean: Aggregator) -> tuple[Tensor, Tensor]:
    grid = torch.linspace(-15, 15, 6001)
    log_prob = mean(_experts(rows=1, dims=1)).log_prob(grid.reshape(-1, 1, 1))
    return grid, log_prob.squeeze(1).exp().detach()


def _assert_same(value: LatentDistribution, wanted: LatentDistribution, message: str) -> None:
    z = _points().to(wanted.mean.dtype)
    assert_close({"log_prob": value.log_prob(z)}, {"log_prob": wanted.log_prob(z)}, message)
