"""Checks of a prior: shapes, noise, rows, gradients, precision, and saving."""

import torch

from mmcore.noise import Noise
from mmcore.priors import Prior
from mmcore.testing.check import Check, require
from mmcore.testing.checks.component import COMPONENT_CHECKS
from mmcore.testing.checks.prior_density import (
    DIMS,
    PRIOR_DENSITY_CHECKS,
    ROWS,
    PriorCase,
    draws_of,
)
from mmcore.testing.checks.prior_fit import PRIOR_FIT_CHECKS
from mmcore.testing.checks.prior_given import PRIOR_GIVEN_CHECKS
from mmcore.testing.checks.tools import (
    assert_close,
    double_precision,
    require_every_gradient,
    require_finite,
    require_registered,
    require_shape,
    seeded,
    sent,
    through_a_file,
)
from mmcore.testing.kit import Kit

__all__ = ["PRIOR"]

DRAWS = 4000


def draws_have_shape(case: PriorCase) -> None:
    """Draws are (B, *draws, D) and finite, one for each row by default."""
    prior = case.built()
    for draws in ((), (1,), (3,), (2, 3)):
        z = prior.sample(Noise(ROWS), "z", *draws)
        require_shape(z, (ROWS, *draws, DIMS), f"a sample of draws {draws}")
        require_finite({"a draw": z}, f"of draws {draws}")


def density_has_shape(case: PriorCase) -> None:
    """log_prob of (*S, B, D) is (*S, B) and finite at draws."""
    prior = case.built()
    for leading in ((), (1,), (5,), (2, 3)):
        z = prior.sample(Noise(ROWS), "z", *leading).movedim(0, -2)
        log_prob = prior.log_prob(z)
        require_shape(log_prob, (*leading, ROWS), f"log_prob of {tuple(z.shape)}")
        require_finite({"log_prob": log_prob}, f"of {tuple(z.shape)}")


def size_of_content_or_style(case: PriorCase) -> None:
    """A prior over the style of a modality has the size of that style, else that of the content."""
    for name, dims in (("", 3), ("m0", 2), ("m0", 1)):
        z = case.built(dims, name=name).sample(Noise(ROWS), "z")
        where = f"for the style of {name}" if name else "for the content"
        require_shape(z, (ROWS, dims), f"a sample {where} of size {dims}")


def without_style(case: PriorCase) -> None:
    """A prior over a style of size 0 has draws of shape (B, 0) and log density 0."""
    prior = case.built(0, name="m0")
    z = prior.sample(Noise(ROWS), "z")
    require_shape(z, (ROWS, 0), "a sample of size 0")
    zero = bool((prior.log_prob(z).abs() < 1e-5).all())
    require(zero, "the log density of a point of size 0 is not 0")


def draws_from_noise(case: PriorCase) -> None:
    """Draws depend on the noise and the stream alone, not on a global seed, and differ by step."""
    prior = case.built()
    torch.default_generator.manual_seed(1)
    z = prior.sample(Noise(ROWS), "z")
    torch.default_generator.manual_seed(2)
    require(torch.equal(z, prior.sample(Noise(ROWS), "z")), "equal noise gives other draws")
    require(not torch.equal(z, prior.sample(Noise(ROWS, step=1), "z")), "two steps draw the same")
    require(not torch.equal(z, prior.sample(Noise(ROWS), "y")), "two streams draw the same")
    under = prior.sample(Noise(ROWS).at("under"), "z")
    require(not torch.equal(z, under), "noise.at(name) draws the same as noise")


def processes(case: PriorCase) -> None:
    """Each of two processes draws its rows of what one process draws."""
    prior = case.built()
    whole = prior.sample(Noise(ROWS), "z", 3)
    for rank in range(2):
        part = prior.sample(Noise(ROWS, rank=rank, world=2), "z", 3)
        require_shape(part, (ROWS // 2, 3, DIMS), "a draw of one of two processes")
        # A product of matrices is rounded by the number of rows, so that draws are close, not equal.
        wanted = {"a draw": whole[rank::2].detach()}
        assert_close({"a draw": part.detach()}, wanted, "in one of two processes")


def rows_are_independent(case: PriorCase) -> None:
    """Draws of different rows, and of one row, are uncorrelated."""
    prior = case.built()
    with torch.no_grad():
        several = prior.sample(Noise(DRAWS // 2), "z", 2)
    pairs = {
        "of neighboring rows": draws_of(prior).unflatten(0, (-1, 2)),
        "of one row": several,
    }
    for name, z in pairs.items():
        require_shape(z, (DRAWS // 2, 2, DIMS), f"draws {name}")
        center = z.flatten(0, 1).mean(0)
        one, other = torch.sign(z - center).unbind(1)
        off = float(((one * other).mean(0).abs() * len(z) ** 0.5).max())
        require(off < 6, f"draws {name} are correlated, {off:.3g} standard errors from 0")


def rows_apart(case: PriorCase) -> None:
    """The log density of a row depends on that row alone."""
    with double_precision():
        prior = case.built()
        z = draws_of(prior, ROWS)
        changed = torch.cat([z[:1], z[1:] + 1.0])
        one, other = prior.log_prob(z)[:1], prior.log_prob(changed)[:1]
        assert_close({"log_prob": other}, {"log_prob": one}, "with other rows beside it")
        stacked = prior.log_prob(torch.stack([z, changed]))[0]
        assert_close({"log_prob": stacked}, {"log_prob": prior.log_prob(z)}, "in a stack")


def repeatable(case: PriorCase) -> None:
    """Equal points have an equal density, at any global seed."""
    prior = case.built()
    z = draws_of(prior, ROWS)
    values = [seeded(prior.log_prob, z, seed=seed) for seed in (1, 2)]
    require(torch.equal(*values), "log_prob differs from call to call")


def seeded_weights(case: PriorCase) -> None:
    """Torch's seed alone decides the initial parameters."""
    one, other = case.built().state_dict(), case.built().state_dict()
    for name, tensor in one.items():
        require(torch.equal(tensor, other[name]), f"{name} differs at the same seed")


def gradients(case: PriorCase) -> None:
    """log_prob has a gradient that is finite and not zero in every parameter, and finite in z."""
    prior = case.built().train()
    z = (draws_of(prior, 16).detach() + 0.1).requires_grad_()
    log_prob = prior.log_prob(z)
    if log_prob.requires_grad:
        log_prob.sum().backward()
    require(z.grad is not None, "log_prob has no gradient in z")
    if z.grad is not None:
        require_finite({"the gradient in z": z.grad}, "of log_prob")
    require_every_gradient({"": prior})


def moves_to_a_device(case: PriorCase) -> None:
    """Every tensor that it holds is a parameter or a buffer, so that it moves to a device."""
    require_registered(case.built())


def saving(case: PriorCase) -> None:
    """Parameters that are saved as safetensors and loaded into a new prior give the same density."""
    one, other = case.built(seed=1), case.built(seed=2)
    through_a_file(one, other)
    _assert_same(other, one, "after saving and loading")


def sent_to_worker(case: PriorCase) -> None:
    """It can be sent to another process, where it has the same density and draws."""
    prior = case.built()
    _assert_same(sent(prior), prior, "in another process")


def float64(case: PriorCase) -> None:
    """In double precision log densities are float64, in single precision float32."""
    for dtype in (torch.float32, torch.float64):
        with double_precision():
            torch.set_default_dtype(dtype)
            prior = case.built()
            z = prior.sample(Noise(ROWS), "z")
            require(z.dtype == dtype, f"a draw is {z.dtype}, not {dtype}")
            actual = prior.log_prob(z).dtype
            require(actual == dtype, f"log_prob is {actual}, not {dtype}")


def compiles(case: PriorCase) -> None:
    """torch.compile accepts log_prob, graph breaks allowed, and the values are the same."""
    prior = case.built()
    z = draws_of(prior, ROWS)
    torch.compiler.reset()
    compiled = torch.compile(prior.log_prob, backend="eager")
    with torch.no_grad():
        assert_close({"log_prob": compiled(z)}, {"log_prob": prior.log_prob(z)}, "compiled")
    torch.compiler.reset()


PRIOR = Kit(
    "prior",
    PriorCase,
    PriorCase.of_component,
    (
        *COMPONENT_CHECKS,
        *PRIOR_DENSITY_CHECKS,
        *map(
            Check.of,
            (
                draws_have_shape,
                density_has_shape,
                size_of_content_or_style,
                without_style,
                draws_from_noise,
                processes,
                rows_are_independent,
                rows_apart,
                repeatable,
                seeded_weights,
                gradients,
                moves_to_a_device,
                saving,
                sent_to_worker,
                float64,
            ),
        ),
        Check.of(compiles, slow=True),
        *PRIOR_FIT_CHECKS,
        *PRIOR_GIVEN_CHECKS,
    ),
)


def _assert_same(prior: Prior, wanted: Prior, message: str) -> None:
    z = draws_of(wanted, ROWS)
    assert_close({"a draw": draws_of(prior, ROWS)}, {"a draw": z}, message)
    one, other = prior.log_prob(z), wanted.log_prob(z)
    assert_close({"log_prob": one.detach()}, {"log_prob": other.detach()}, message)
