"""Checks of an inference, the joint posterior of every subset of the modalities."""

from dataclasses import replace
from itertools import combinations

import torch

from mmcore.batch import Batch
from mmcore.noise import Noise
from mmcore.testing.check import Check, NotApplicable, require
from mmcore.testing.checks.component import COMPONENT_CHECKS
from mmcore.testing.checks.inference_density import INFERENCE_DENSITY_CHECKS
from mmcore.testing.checks.posterior import (
    InferenceCase,
    Posterior,
    densities,
    filled,
    points,
    require_same,
)
from mmcore.testing.checks.tools import (
    double_precision,
    require_every_gradient,
    require_finite,
    require_registered,
    require_shape,
    sent,
    through_a_file,
)
from mmcore.testing.checks.trial import CONTENT, NAMES, ROWS, data, masks
from mmcore.testing.kit import Kit

__all__ = ["INFERENCE"]

SUBSETS = [subset for size in (1, 2, 3) for subset in combinations(NAMES, size)]


def posterior_has_shape(case: InferenceCase) -> None:
    """The mean and a draw are (B, D), log_prob of (*S, B, D) is (*S, B), and all are finite."""
    q = case.built()(Batch.of(data(), masks()))
    require_shape(q.mean, (ROWS, CONTENT), "the mean")
    z = q.rsample(Noise(ROWS))
    require_shape(z, (ROWS, CONTENT), "a draw")
    for leading in ((), (5,)):
        log_prob = q.log_prob(z.expand(*leading, ROWS, CONTENT))
        require_shape(log_prob, (*leading, ROWS), "log_prob")
        require_finite(
            {"the mean": q.mean, "a draw": z, "log_prob": log_prob}, "with missing modalities"
        )


def every_subset(case: InferenceCase) -> None:
    """Every subset of the modalities has a finite posterior."""
    built = case.built()
    for subset in SUBSETS:
        q = built(Batch.of({name: data()[name] for name in subset}))
        z = q.rsample(Noise(ROWS))
        require_finite({"a draw": z, "log_prob": q.log_prob(z)}, f"given {', '.join(subset)}")


def any_number(case: InferenceCase) -> None:
    """It works with one modality, and with five."""
    for count in (1, 5):
        names = [f"m{i}" for i in range(count)]
        q = case.built(names)(Batch.of(data(names)))
        require_shape(q.mean, (ROWS, CONTENT), f"the mean with {count} modalities")
        require_finite({"a draw": q.rsample(Noise(ROWS))}, f"with {count} modalities")


def without_styles(case: InferenceCase) -> None:
    """It works without subspaces of the modalities."""
    q = case.built(style_dim=0)(Batch.of(data()))
    require_finite({"a draw": q.rsample(Noise(ROWS))}, "without styles")


def absent_values(case: InferenceCase) -> None:
    """The entries of an encoding for absent modalities have no effect on the posterior."""
    with double_precision():
        built = case.built()
        encoding = built.encode(Batch.of(data(), masks()))
        wanted = densities(built.posterior(encoding))
        for filler in (3.0, -50.0):
            other = built.posterior(filled(encoding, filler))
            require_same(densities(other), wanted, "with other values in place of absent ones")


def absent_gradients(case: InferenceCase) -> None:
    """No gradient reaches an absent expert or an absent value, and all gradients are finite."""
    built = case.built()
    encoding = filled(built.encode(Batch.of(data(), masks())), 3.0, grad=True)
    q = built.posterior(encoding)
    loss = q.log_prob(points().float()).sum() + q.rsample(Noise(ROWS)).sum()
    loss.backward()
    leaves = {"loc": encoding.content.loc, "logvar": encoding.content.logvar}
    present = dict.fromkeys(leaves, encoding.present)
    for index, (name, value) in enumerate(encoding.values.items()):
        leaves[name], present[name] = value, encoding.present[index]
    for name, leaf in leaves.items():
        if leaf.grad is not None:
            require_finite({f"the gradient of {name}": leaf.grad}, "with missing modalities")
            reached = bool(leaf.grad[~present[name]].any())
            require(not reached, f"a gradient reaches absent {name}")


def restriction(case: InferenceCase) -> None:
    """A restricted encoding has the posterior of a batch with those modalities only."""
    with double_precision():
        built = case.built()
        whole = built.encode(Batch.of(data()))
        for subset in SUBSETS:
            alone = built(Batch.of({name: data()[name] for name in subset}))
            restricted = densities(built.posterior(whole.restrict(subset)))
            require_same(restricted, densities(alone), f"restricted to {', '.join(subset)}")


def completeness(case: InferenceCase) -> None:
    """`Encoding.complete` changes no result."""
    with double_precision():
        built = case.built()
        one = built(Batch.of(data()))
        masks = {name: torch.ones(ROWS, dtype=torch.bool) for name in NAMES}
        other = built(Batch(dict(data()), masks))
        require_same(densities(other), densities(one), "with masks that are all true")


def rows_apart(case: InferenceCase) -> None:
    """The posterior of a row depends on that row alone."""
    with double_precision():
        built, values = case.built(), data()
        changed = {n: torch.cat([x[:1], x[1:] + 5.0]) for n, x in values.items()}
        one, other = (densities(built(Batch.of(x)))[:, :1] for x in (values, changed))
        require_same(other, one, "with other rows beside it")
        present = {n: torch.cat([m[:1], ~m[1:]]) for n, m in masks().items()}
        one, other = (densities(built(Batch.of(values, m)))[:, :1] for m in (masks(), present))
        require_same(other, one, "beside rows that lack other modalities")


def selection(case: InferenceCase) -> None:
    """Selected rows of an encoding have the posteriors of those rows."""
    with double_precision():
        built = case.built()
        encoding = built.encode(Batch.of(data(), masks()))
        rows = torch.arange(ROWS) % 3 == 1
        wanted = densities(built.posterior(encoding))[:, rows]
        selected = built.posterior(encoding.select(rows))
        require_same(selected.log_prob(points()[:, rows]), wanted, "of selected rows")


def repetition(case: InferenceCase) -> None:
    """A repeated encoding has the repeated posteriors."""
    with double_precision():
        built = case.built()
        encoding = built.encode(Batch.of(data(), masks()))
        wanted = densities(built.posterior(encoding)).repeat(1, 3)
        repeated = built.posterior(encoding.repeat(3)).log_prob(points().repeat(1, 3, 1))
        require_same(repeated, wanted, "of rows that are repeated three times")


def uses_every_modality(case: InferenceCase) -> None:
    """The posterior depends on each modality that is present."""
    built = case.built()
    wanted = densities(built(Batch.of(data())))
    for name in NAMES:
        other = densities(built(Batch.of({**data(), name: data()[name] + 1.0})))
        same = torch.allclose(other, wanted, rtol=1e-6, atol=1e-6)
        require(not same, f"the posterior does not depend on {name}")


def empty_rows(case: InferenceCase) -> None:
    """A row without any modality does not change the posteriors of other rows."""
    with double_precision():
        built = case.built()
        whole = built.encode(Batch.of(data(), masks()))
        others = torch.arange(ROWS) != 2
        q = built.posterior(replace(whole, present=whole.present & others))
        wanted = densities(built.posterior(whole))[:, others]
        require_same(densities(q)[:, others], wanted, "beside a row without any modality")


def gradients(case: InferenceCase) -> None:
    """A gradient that is finite and not zero reaches every parameter of its own."""
    built = case.built()
    if not list(built.inference.parameters()):
        raise NotApplicable("it has no parameters")
    built.inference.train()
    for subset in SUBSETS:
        q = built(Batch.of({name: data()[name] for name in subset}))
        (q.log_prob(points().float()).sum() + q.rsample(Noise(ROWS)).square().sum()).backward()
    require_every_gradient({"": built.inference})


def seeded_weights(case: InferenceCase) -> None:
    """Torch's seed alone decides the initial parameters."""
    one, other = case.built().inference.state_dict(), case.built().inference.state_dict()
    for name, tensor in one.items():
        require(torch.equal(tensor, other[name]), f"{name} differs at the same seed")


def moves_to_a_device(case: InferenceCase) -> None:
    """Every tensor that it holds is a parameter or a buffer, so that it moves to a device."""
    require_registered(case.built().inference)


def saving(case: InferenceCase) -> None:
    """Parameters that are saved as safetensors and loaded into a new inference give the same posteriors."""
    one, other = case.built(seed=1), case.built(seed=2)
    through_a_file(one.inference, other.inference)
    _require_same_posterior(other, one, "after saving and loading")


def sent_to_worker(case: InferenceCase) -> None:
    """It can be sent to another process, where it has the same posteriors."""
    built = case.built()
    other = Posterior(built.codec, sent(built.inference))
    _require_same_posterior(other, built, "in another process")


def float64(case: InferenceCase) -> None:
    """In double precision draws and densities are float64, in single precision float32."""
    for dtype in (torch.float32, torch.float64):
        with double_precision():
            torch.set_default_dtype(dtype)
            q = case.built()(Batch.of(data()))
            z = q.rsample(Noise(ROWS))
            types = {z.dtype, q.log_prob(z).dtype, q.mean.dtype}
        require(types == {dtype}, f"draw, log_prob or mean is not {dtype}: {types}")


def compiles(case: InferenceCase) -> None:
    """torch.compile accepts it, graph breaks allowed, and the posterior is the same."""
    built = case.built()
    torch.compiler.reset()
    compiled = torch.compile(built.inference, backend="eager")
    with torch.no_grad():
        encoding = built.encode(Batch.of(data(), masks()))
        q = compiled(encoding, Noise(ROWS))
        require_same(densities(q), densities(built.posterior(encoding)), "compiled")
    torch.compiler.reset()


INFERENCE = Kit(
    "inference",
    InferenceCase,
    InferenceCase.of_component,
    (
        *COMPONENT_CHECKS,
        *map(
            Check.of,
            (
                posterior_has_shape,
                every_subset,
                any_number,
                without_styles,
                absent_values,
                absent_gradients,
                restriction,
                completeness,
                rows_apart,
                selection,
                repetition,
                uses_every_modality,
                empty_rows,
                gradients,
                seeded_weights,
                moves_to_a_device,
                saving,
                sent_to_worker,
                float64,
            ),
        ),
        *INFERENCE_DENSITY_CHECKS,
        Check.of(compiles, slow=True),
    ),
)


def _require_same_posterior(one: Posterior, other: Posterior, message: str) -> None:
    batch = Batch.of(data(), masks())
    require_same(densities(one(batch)), densities(other(batch)), message)
