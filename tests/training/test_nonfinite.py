"""A loss or a gradient that is not finite never reaches the weights; a run that must stop has a model."""

import json
import math

import pytest
import torch
from safetensors.torch import load_file
from torch.optim import SGD
from torch.optim.lr_scheduler import ConstantLR

from mmcore import Gaussian, Posterior
from mmcore.config import DataConfig, ModalityConfig, ModelConfig, RunConfig, TrainingConfig
from mmcore.data import SampleOrder
from mmcore.errors import MmcoreError, TrainingStopped
from mmcore.inference import represent
from mmcore.runs.folder.files import RunFolder
from mmcore.runs.run import Run
from mmcore.runs.training import job
from mmcore.runs.training.resuming import resume
from mmcore.runs.training.setup import TrainingSetup
from mmcore.testing.linear_gaussian import LinearGaussian
from mmcore.training import guard as guards
from mmcore.training.finite import is_finite
from mmcore.training.guard import Guard, NonFinite
from mmcore.training.state import TrainingState, UpdateState
from mmcore.training.step import TrainStep

pytestmark = pytest.mark.usefixtures("unsummarized")

STEPS, BAD = 8, 3


def config(**training):
    modalities = {
        n: ModalityConfig(kind="vector", settings={"seed": i}) for i, n in enumerate("ab")
    }
    return RunConfig(
        model=ModelConfig(modalities=modalities, content_dim=2, style_dim=1),
        data=DataConfig(mode="sample", pairings=1),
        training=TrainingConfig(
            **{"steps": STEPS, "batch_size": 32, "precision": "32-true", "accelerator": "cpu"}
            | {"log_every": 1, "checkpoint_every": 1, "trackers": []}
            | training
        ),
        seed=3,
    )


def trained(folder, catalogue, **training):
    return job.run(config(**training), RunFolder(folder), catalogue=catalogue)


def weights(folder):
    return load_file(folder / "model" / "model.safetensors")


def same(one, other):
    return one.keys() == other.keys() and all(torch.equal(one[k], other[k]) for k in one)


def lines(folder):
    return [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]


def in_steps(monkeypatch, wrong, plant):
    """Change the terms of the loss in the steps for which ``wrong`` is true."""
    terms = TrainStep.terms

    def planted(self, batch, number, *micro):
        total = terms(self, batch, number, *micro)
        return plant(self, total) if wrong(number) else total

    monkeypatch.setattr(TrainStep, "terms", planted)


def in_one_row(step, terms):
    """One row of modality a has a NaN in its likelihood, and so in the loss."""
    terms.nll["a"].data[4] = math.nan
    terms.loss.data[4] = math.nan
    return terms


def in_the_gradient(step, terms):
    """The loss is finite, and the gradient of every weight that it depends on is NaN."""
    terms.loss.register_hook(lambda gradient: gradient * math.nan)
    return terms


def in_one_parameter(step, terms):
    """The gradient of a single weight is infinite."""
    parameter = next(step.model.codec["b"].parameters())
    handle = parameter.register_hook(lambda gradient: (handle.remove(), gradient * math.inf)[1])
    return terms


PLANTS = [in_one_row, in_the_gradient, in_one_parameter]


@pytest.mark.parametrize("plant", PLANTS)
@pytest.mark.parametrize("accumulate", [1, 2])
def test_a_skipped_step_changes_no_weight_and_the_training_goes_on(
    tmp_path, vectors, monkeypatch, plant, accumulate
):
    in_steps(monkeypatch, lambda number: number == BAD, plant)
    run = trained(
        tmp_path / "run", vectors, accumulate=accumulate, checkpoint_every=STEPS, log_every=2
    )
    assert is_finite(run.model)
    rows = lines(tmp_path / "run")
    assert [row["step"] for row in rows] == [2, 4, 6, 8]
    assert [row.get("skipped_steps") for row in rows] == [None, 1, 1, 1]
    assert all(math.isfinite(value) for row in rows for value in row.values())


def test_a_run_that_stops_has_a_model_and_says_why(tmp_path, vectors, monkeypatch):
    folder = tmp_path / "run"
    in_steps(monkeypatch, lambda number: number == BAD, in_one_row)
    with pytest.raises(
        TrainingStopped, match=r"step 4 .*log-likelihood of 'a' in 1 of 32 rows"
    ) as error:
        trained(folder, vectors, on_nonfinite="stop")
    assert error.value.exit_code == 1
    newest = sorted((folder / "checkpoints").glob("step-*"))[-1]
    assert newest.name == f"step-{BAD:08d}"
    assert same(weights(folder), load_file(newest / "model.safetensors"))
    run = Run.open(folder, vectors)
    assert run.summary["stopped"]["step"] == BAD + 1
    assert run.summary["stopped"]["kept"] == BAD
    content = represent(run.model, run.data().test, 20).content
    assert all(rows.isfinite().all() for rows in map(torch.as_tensor, content.values()))
    with pytest.raises(MmcoreError, match=r"stopped at step 4 .*would stop there again"):
        resume(folder, catalogue=vectors)


def test_a_fault_that_does_not_pass_stops_the_training_at_the_limit(tmp_path, vectors, monkeypatch):
    folder = tmp_path / "run"
    in_steps(monkeypatch, lambda number: number >= BAD, in_one_parameter)
    with pytest.raises(TrainingStopped, match=r"step 4 .*gradient.*modality:b"):
        trained(folder, vectors, skip_limit=2, log_every=1)
    assert not list((folder / "checkpoints").glob("step-00000005"))


def test_a_stop_before_the_first_report_has_a_model_too(tmp_path, vectors, monkeypatch):
    in_steps(monkeypatch, lambda number: True, in_the_gradient)
    with pytest.raises(TrainingStopped, match="weights of step 0"):
        trained(tmp_path / "run", vectors, skip_limit=1)
    assert Run.open(tmp_path / "run", vectors).summary["last_metrics"] == {}


class Stop(Exception):
    """The run is interrupted."""


def interrupted_at(step, monkeypatch):
    save = job.save_checkpoint

    def cut(*arguments):
        save(*arguments)
        if arguments[2].step == step:
            monkeypatch.setattr(job, "save_checkpoint", save)
            raise Stop

    monkeypatch.setattr(job, "save_checkpoint", cut)


@pytest.mark.parametrize(
    "step", [BAD + 1, *(pytest.param(n, marks=pytest.mark.slow) for n in (BAD, BAD + 3))]
)
def test_a_run_with_a_skipped_step_resumes_bit_by_bit(tmp_path, vectors, monkeypatch, step):
    in_steps(monkeypatch, lambda number: number == BAD, in_one_row)
    trained(tmp_path / "whole", vectors, relative_clip=0.5)
    interrupted_at(step, monkeypatch)
    with pytest.raises(Stop):
        trained(tmp_path / "cut", vectors, relative_clip=0.5)
    resume(tmp_path / "cut", catalogue=vectors)
    assert same(weights(tmp_path / "whole"), weights(tmp_path / "cut"))
    assert lines(tmp_path / "cut")[-1]["skipped_steps"] == 1


def test_consecutive_skips_are_counted_across_a_resume(tmp_path, vectors, monkeypatch):
    in_steps(monkeypatch, lambda number: number >= BAD, in_the_gradient)
    interrupted_at(BAD + 1, monkeypatch)
    with pytest.raises(Stop):
        trained(tmp_path / "cut", vectors, skip_limit=2)
    with pytest.raises(TrainingStopped, match="at step 4"):
        resume(tmp_path / "cut", catalogue=vectors)


class Precision:
    """Full precision."""


class Engine:
    """A CPU, with the optimizer as the engine wraps it."""

    device = torch.device("cpu")

    class strategy:
        precision = Precision()


class Wrapped:
    """An optimizer as the engine wraps it."""

    def __init__(self, optimizer):
        self.optimizer, self.step = optimizer, optimizer.step


def guarded(optimizer, **training):
    schedule = ConstantLR(optimizer, factor=1.0)
    state = TrainingState(0, optimizer, schedule)
    state.optimizer = Wrapped(optimizer)
    return state, Guard(state, TrainingConfig(**training), Engine())


def steps(guard, state, parameter, gradients):
    """Update with each gradient, and return the weights after each."""
    snapshots = []
    for number in gradients:
        parameter.grad = torch.full_like(parameter, number)
        guard.update([parameter])
        state.advance()
        snapshots.append(parameter.detach().clone())
    return snapshots


def sgd(parameters):
    return SGD(parameters, lr=0.1, momentum=0.9)


def adam(parameters):
    return torch.optim.Adam(parameters, lr=0.1, fused=True)


@pytest.mark.parametrize(("build", "waits"), [(sgd, True), (adam, True), (adam, False)])
@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_an_update_is_withheld_with_all_moments_whether_the_host_waits_or_not(build, waits, bad):
    """`waits` is False on a GPU: the flag of the fused optimizer is used, here by its kernel for CPUs."""
    results = []
    for gradients in ([1.0, 2.0, 3.0], [1.0, bad, 2.0, bad, 3.0]):
        parameter = torch.nn.Parameter(torch.ones(3))
        state, guard = guarded(build([parameter]))
        guard.waits = waits
        results.append(steps(guard, state, parameter, gradients)[-1])
        guard.settle()
    assert torch.equal(*results)
    assert (state.updates.skipped, state.updates.in_a_row) == (2, 0)


def test_without_waiting_the_weights_stay_as_they_were_at_the_limit():
    parameter = torch.nn.Parameter(torch.ones(3))
    state, guard = guarded(adam([parameter]), skip_limit=2)
    guard.waits = False
    after = steps(guard, state, parameter, [1.0, math.nan, math.nan, 1.0, 1.0])
    assert all(torch.equal(weight, after[0]) for weight in after)
    with pytest.raises(NonFinite) as error:
        guard.settle()
    assert error.value.step == 1
    assert state.updates.skipped == 2


def test_a_gradient_far_above_the_usual_ones_is_scaled_down():
    parameter = torch.nn.Parameter(torch.zeros(1))
    state, guard = guarded(SGD([parameter], lr=1.0), relative_clip=4.0)
    after = steps(guard, state, parameter, [1.0, 1.0, 3.9, 1000.0])
    moved = -torch.stack([torch.zeros(1), *after]).diff(dim=0).flatten()
    assert moved[:3].tolist() == pytest.approx([1.0, 1.0, 3.9])
    usual = (1.0 + 1.0 + 3.9) / 3
    assert float(moved[3]) == pytest.approx(4 * usual, rel=1e-4)
    guard.settle()
    assert state.updates == UpdateState(norm=pytest.approx((3 * usual + 4 * usual) / 4))


def test_a_loss_that_is_not_finite_is_seen_in_every_gradient():
    """Processes exchange gradients alone, so that all of them skip the step."""
    weight = torch.ones(2, requires_grad=True)
    guards.with_nan_gradient((weight * torch.tensor([1.0, 2.0])).sum()).backward()
    assert weight.grad.tolist() == [1.0, 2.0]
    weight.grad = None
    guards.with_nan_gradient(weight.sum() + math.inf).backward()
    assert weight.grad.isnan().all()


def test_only_a_finite_validation_loss_counts():
    state = TrainingState(5, optimizer=None, schedule=None)
    assert not state.record(math.nan)
    assert state.validation is None
    assert state.record(1.0)
    assert not state.record(math.inf)
    assert state.validation.loss == 1.0


def test_a_number_of_the_model_or_of_the_optimizer_that_is_not_finite_is_noticed(vectors):
    model = torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.BatchNorm1d(2))
    state = {"state": {0: {"moment": torch.zeros(2), "step": 3}}, "param_groups": [{"lr": 0.1}]}
    assert is_finite(model, state)
    state["state"][0]["moment"][1] = math.inf
    assert is_finite(model)
    assert not is_finite(model, state)
    model[1].running_var[0] = math.nan
    assert not is_finite(model)


def test_a_checkpoint_with_numbers_that_are_not_finite_is_not_written(
    tmp_path, vectors, monkeypatch
):
    folder, update = tmp_path / "run", Guard.update

    def overflowing(self, parameters):
        applied = update(self, parameters)
        if self._state.step == BAD:
            parameters[0].data.fill_(math.inf)
        return applied

    monkeypatch.setattr(Guard, "update", overflowing)
    with pytest.raises(TrainingStopped, match="weights of step 3"):
        trained(folder, vectors)
    newest = sorted((folder / "checkpoints").glob("step-*"))[-1]
    assert newest.name == f"step-{BAD:08d}"
    assert all(x.isfinite().all() for x in weights(folder).values())


def test_posteriors_of_any_modality_are_bounded(vectors, monkeypatch):
    encode = LinearGaussian.encode

    def extreme(self, x):
        posterior = encode(self, x)
        loc = posterior.content.loc
        wide = torch.linspace(-60, 60, len(x)).unsqueeze(1).expand_as(loc)
        return Posterior(Gaussian(loc, wide), posterior.style)

    setup = TrainingSetup(config(), vectors)
    batch = TrainStep(setup.model, steps=1, rows=32, seed=0).batch(
        setup.source, SampleOrder(len(setup.source), 32, 0), 0
    )
    plain = setup.model.codec.encode(batch).content.logvar
    assert plain.abs().max() < 6
    monkeypatch.setattr(LinearGaussian, "encode", extreme)
    logvar = setup.model.codec.encode(batch).content.logvar
    assert logvar.abs().max() <= 10
    inside = torch.linspace(-60, 60, len(batch)).abs() <= 6
    assert torch.equal(logvar[0, inside, 0], torch.linspace(-60, 60, len(batch))[inside])
