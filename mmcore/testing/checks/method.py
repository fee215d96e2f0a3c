"""Checks of a method, and of an objective, with linear-Gaussian modalities."""

from dataclasses import replace

import torch
from torch import Tensor, nn

from mmcore.batch import Batch
from mmcore.errors import MmcoreError
from mmcore.noise import Noise
from mmcore.testing.check import Check, NotApplicable, require
from mmcore.testing.checks.component import COMPONENT_CHECKS
from mmcore.testing.checks.tools import (
    assert_close,
    double_precision,
    require_every_gradient,
    require_finite,
    sent,
    through_a_file,
)
from mmcore.testing.checks.trial import (
    CONTENT,
    NAMES,
    ROWS,
    MethodCase,
    Trial,
    average,
    data,
    masks,
)
from mmcore.testing.kit import Kit
from mmcore.testing.linear_gaussian import LinearGaussian, LinearGaussianWorld

__all__ = ["METHOD", "OBJECTIVE"]


def loss_of_rows(case: MethodCase) -> None:
    """Loss, log-likelihoods and divergences are finite and have shape (B,)."""
    own = case.trial().terms(Batch.of(data()))
    terms = {"the loss": own.loss, **own.nll, **own.divergences}
    for name, term in terms.items():
        require(term.shape == (ROWS,), f"{name} of {ROWS} rows has shape {tuple(term.shape)}")
    require_finite(terms, "of complete rows")
    require(set(own.nll) == set(NAMES), f"nll is given for {sorted(own.nll)}")


def any_number(case: MethodCase) -> None:
    """It works with one modality, and with five."""
    for count in (1, 5):
        names = [f"m{i}" for i in range(count)]
        terms = case.trial(names).terms(Batch.of(data(names)))
        require_finite({"the loss": terms.loss}, f"with {count} modalities")


def without_styles(case: MethodCase) -> None:
    """It works without styles of the modalities, or raises `MmcoreError`."""
    try:
        trial = case.trial(style_dim=0)
    except MmcoreError as refused:
        raise NotApplicable(f"it refuses: {refused}") from refused
    require_finite({"the loss": trial.terms(Batch.of(data())).loss}, "without styles")


def absent_values(case: MethodCase) -> None:
    """The values of absent rows change neither the loss nor gradients."""
    present, losses = masks(), []
    for filler in (0.0, float("nan")):
        trial = case.trial()
        values = {n: x.masked_fill(~present[n].unsqueeze(1), filler) for n, x in data().items()}
        terms = trial.terms(Batch.of(values, present))
        terms.loss.mean().backward()
        losses.append(terms.loss.detach())
        gradients = {n: p.grad for n, p in trial.codec.named_parameters() if p.grad is not None}
        require_finite(gradients, f"with {filler} in absent rows the gradient")
    require_finite({"the loss": losses[1]}, "with nan in absent rows")
    require(torch.equal(*losses), "the loss depends on the values of absent rows")


def absent_encoder(case: MethodCase) -> None:
    """A modality that no row has receives no gradient in its encoder, and has log-likelihood 0."""
    trial = case.trial()
    terms = trial.terms(Batch.of(data(), {"m1": torch.zeros(ROWS, dtype=torch.bool)}))
    terms.loss.mean().backward()
    encoder = trial.codec["m1"]
    assert isinstance(encoder, LinearGaussian), "as `trial` makes it"
    for parameter in (encoder.gain, encoder.logvar):
        reached = parameter.grad is not None and bool((parameter.grad != 0).any())
        require(not reached, "the encoder of an absent modality gets a gradient")
    require(not bool(terms.nll["m1"].any()), "an absent modality has a log-likelihood")


def subset(case: MethodCase) -> None:
    """The expected loss is the same where a modality is masked in every row and where it is left out."""
    trial, values = case.trial(), data()
    masked = average(trial, values, {"m1": torch.zeros(ROWS, dtype=torch.bool)})
    given = average(trial, {n: values[n] for n in ("m0", "m2")})
    _require_equal_onaverage(masked, given, "masked and left out")


def order_of_modalities(case: MethodCase) -> None:
    """The expected loss does not depend on the order of the modalities."""
    straight = average(case.trial(), data())
    turned = average(case.trial(("m2", "m0", "m1")), data())
    _require_equal_onaverage(straight, turned, "in two orders of the modalities")


def rows_apart(case: MethodCase) -> None:
    """The loss of a row depends on that row alone."""
    with double_precision():
        trial, values = case.trial(), data()
        changed = {n: torch.cat([x[:1], x[1:] + 1.0]) for n, x in values.items()}
        one, other = (trial.terms(Batch.of(x)).loss[:1] for x in (values, changed))
    assert_close({"the loss": other}, {"the loss": one}, "with other rows beside it a row changes")


def same_noise(case: MethodCase) -> None:
    """Equal noise gives an equal loss, bit for bit, at any global seed."""
    trial, batch = case.trial(), Batch.of(data())
    losses = [trial.terms(batch, seed=seed).loss for seed in (1, 2)]
    require(torch.equal(*losses), "equal noise gives another loss at another global seed")


def gradients(case: MethodCase) -> None:
    """A gradient that is finite and not zero reaches every parameter."""
    trial = case.trial()
    trial.terms(Batch.of(data())).loss.mean().backward()
    require_every_gradient(trial.modules)


def infers(case: MethodCase) -> None:
    """Every subset of the modalities has a finite posterior (B, D), for inference and generation."""
    trial, values = case.trial(), data()
    method = trial.method
    for given in (("m0",), ("m1", "m2"), NAMES):
        encoding = trial.codec.encode(Batch.of({n: values[n] for n in given}))
        for fusion in (method.inference, method.generation or method.inference):
            q = fusion(encoding, Noise(ROWS))
            z = q.rsample(Noise(ROWS))
            for what, tensor in (("mean", q.mean), ("draw", z)):
                message = f"from {', '.join(given)} a {what} has shape {tuple(tensor.shape)}"
                require(tensor.shape == (ROWS, CONTENT), message)
            require_finite({"log_prob": q.log_prob(z)}, f"from {', '.join(given)}")


def bound(case: MethodCase) -> None:
    """A declared lower bound is below the exact log p(X) of a linear-Gaussian model."""
    trial = case.trial(("m0", "m1"))
    if not trial.method.is_lower_bound:
        raise NotApplicable(f"it declares no bound: {trial.method.caveat}")
    world = LinearGaussianWorld(trial.codec)
    values = world.sample(ROWS)
    loss, error = average(trial, values)
    above = ((-loss - world.log_prob(values)) / error.clamp_min(1e-4)).max()
    require(bool(above < 5), f"-loss is above log p(X) by {float(above):.3g} standard errors")


def float64(case: MethodCase) -> None:
    """In double precision the loss is float64."""
    with double_precision():
        terms = case.trial().terms(Batch.of(data()))
    require(terms.loss.dtype == torch.float64, f"the loss is {terms.loss.dtype}")


def autocast(case: MethodCase) -> None:
    """Under bfloat16 autocast the loss is finite, in float32, and so are gradients."""
    trial = case.trial()
    with torch.autocast("cpu", torch.bfloat16):
        loss = trial.terms(Batch.of(data())).loss
    require(loss.dtype == torch.float32, f"the loss is {loss.dtype} under autocast")
    require_finite({"the loss": loss}, "under autocast")
    loss.mean().backward()


def saving(case: MethodCase) -> None:
    """Weights that are saved as safetensors and loaded into a new method give the same loss."""
    one, other = case.trial(seed=1), case.trial(seed=2)
    through_a_file(_module(one), _module(other))
    batch = Batch.of(data())
    wanted = {"the loss": one.terms(batch).loss}
    assert_close({"the loss": other.terms(batch).loss}, wanted, "after saving and loading")


def sent_to_worker(case: MethodCase) -> None:
    """It can be sent to another process, where its loss is the same."""
    trial, batch = case.trial(), Batch.of(data())
    wanted = trial.terms(batch).loss
    objective, codec = sent((trial.method.objective, trial.codec))
    loss = Trial(codec, replace(trial.method, objective=objective)).terms(batch).loss
    assert_close({"the loss": loss}, {"the loss": wanted}, "in another process")


CHECKS = (
    *COMPONENT_CHECKS,
    *map(
        Check.of,
        (
            loss_of_rows,
            any_number,
            without_styles,
            absent_values,
            absent_encoder,
            subset,
            order_of_modalities,
            rows_apart,
            same_noise,
            gradients,
            infers,
            bound,
            float64,
            autocast,
            saving,
            sent_to_worker,
        ),
    ),
)
METHOD = Kit("method", MethodCase, MethodCase.of_component, CHECKS)
OBJECTIVE = Kit("objective", MethodCase.of_objective, MethodCase.of_objective_component, CHECKS)


def _module(trial: Trial) -> nn.Module:
    return nn.ModuleList(trial.modules.values())


def _require_equal_onaverage(
    one: tuple[Tensor, Tensor], other: tuple[Tensor, Tensor], message: str
) -> None:
    error = (one[1] ** 2 + other[1] ** 2).sqrt() + 1e-5 * one[0].abs()
    off = float(((one[0] - other[0]).abs() / error).max())
    require(off < 6, f"{message} losses differ by {off:.3g} standard errors")
