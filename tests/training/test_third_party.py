"""Trackers and optimizers of separately installed packages, used by name from the command line."""

import json

import pytest
import torch
from safetensors.torch import load_file
from typer.testing import CliRunner

from mmcore.cli.app import app
from mmcore.errors import MmcoreError
from mmcore.runs.training import job

LIGHT = """
from mmcore.plugins import ComponentSpec, hookimpl
@hookimpl
def mmcore_components():
    return [ComponentSpec(
        kind="{kind}", name="mine", factory="{package}.part:Mine",
        settings="{package}.settings:Settings",
    )]
"""
TRACKER = """
from mmcore.training import Tracker
class Mine(Tracker):
    def __init__(self, settings, context):
        self.settings, self.names = settings, context.names
    def start(self, folder, config, step):
        self.file = folder / "mine.txt"
        self._write(f"start {config.seed} {step} {','.join(self.names)}")
    def log(self, report):
        if report.step >= self.settings.fails_at:
            raise RuntimeError("no connection")
        self._write(f"log {report.step}")
    def figure(self, name, path):
        self._write(f"figure {name} {path.is_file()}")
    def close(self):
        self._write("close")
    def _write(self, line):
        with self.file.open("a") as file:
            file.write(line + "\\n")
"""
TRACKER_SETTINGS = """
from pydantic import BaseModel
class Settings(BaseModel):
    fails_at: int = 1000
"""
OPTIMIZER = """
from torch.optim import SGD
from torch.optim.lr_scheduler import LinearLR, SequentialLR, ConstantLR
from mmcore.training import Optimization, OptimizerBuilder
class Mine(OptimizerBuilder):
    def __init__(self, settings, context):
        self.settings = settings
    def build(self, named_parameters, config):
        parameters = [p for _, p in named_parameters]
        optimizer = SGD(parameters, lr=config.learning_rate, momentum=self.settings.momentum)
        warm = LinearLR(optimizer, 0.1, total_iters=config.steps // 2)
        stay = ConstantLR(optimizer, factor=0.7, total_iters=3)
        return Optimization(optimizer, SequentialLR(optimizer, [warm, stay], [config.steps // 2]))
"""
OPTIMIZER_SETTINGS = """
from pydantic import BaseModel
class Settings(BaseModel):
    momentum: float = 0.9
"""
STEPS = 8
TRAIN = (
    "train --modalities text --data sample --content-dim 2 --style-dim 1 --batch-size 32 --set text.width=4"
    f" --steps {STEPS} --precision 32-true --accelerator cpu --checkpoint-every 1 --seed 5"
)


@pytest.fixture
def installed(site):
    for kind, code, settings in (
        ("tracker", TRACKER, TRACKER_SETTINGS),
        ("optimizer", OPTIMIZER, OPTIMIZER_SETTINGS),
    ):
        package = f"fake_{kind}"
        light = LIGHT.format(kind=kind, package=package)
        site(f"fake-{kind}", light, part=code, settings=settings)


def mmcore(command, *arguments):
    result = CliRunner().invoke(app, [*command.split(), *map(str, arguments)])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.output


def weights(folder):
    return load_file(folder / "model" / "model.safetensors")


def same(one, other):
    return one.keys() == other.keys() and all(torch.equal(one[k], other[k]) for k in one)


@pytest.mark.usefixtures("installed")
def test_a_tracker_and_an_optimizer_by_name(tmp_path):
    mmcore(f"{TRAIN} --trackers mine --optimizer mine --set log_every=4 --out", tmp_path / "run")
    lines = (tmp_path / "run" / "mine.txt").read_text().splitlines()
    assert lines[0] == "start 5 0 text"
    assert lines[1 : STEPS + 1] == [f"log {step}" for step in range(1, STEPS + 1)]
    assert lines[STEPS + 1 :] == ["figure cross_generation True", "figure loss True", "close"]
    assert not (tmp_path / "run" / "tensorboard").exists()
    assert (tmp_path / "run" / "metrics.jsonl").is_file()
    text = (tmp_path / "run" / "config.yaml").read_text()
    assert "optimizer mine: fake-optimizer 1.2" in text
    assert "tracker mine: fake-tracker 1.2" in text
    # A model does not depend on what it was trained with.
    assert "fake-" not in (tmp_path / "run" / "model" / "config.json").read_text()


@pytest.mark.usefixtures("installed")
def test_they_are_listed():
    text = mmcore("components list --json")
    components = {(c["kind"], c["name"], c["distribution"]) for c in json.loads(text)}
    assert {
        ("tracker", "mine", "fake-tracker"),
        ("optimizer", "mine", "fake-optimizer"),
    } <= components
    for name in ("jsonl", "csv", "tensorboard", "wandb", "mlflow", "trackio"):
        assert ("tracker", name, "mmcore") in components
    assert ("optimizer", "adam", "mmcore") in components


@pytest.mark.usefixtures("installed")
def test_a_failing_tracker_does_not_end_the_training(tmp_path):
    output = mmcore(f"{TRAIN} --trackers mine --set mine.fails_at=3 --out", tmp_path / "run")
    warning = "warning: tracker 'mine' is disabled after an error: RuntimeError: no connection"
    assert output.count(warning) == 1
    assert (tmp_path / "run" / "mine.txt").read_text().splitlines()[-1] == "log 2"
    assert (tmp_path / "run" / "summary.json").is_file()


class Stop(Exception):
    pass


def cut(monkeypatch, step):
    save = job.save_checkpoint

    def saving(folder, model, state, origin):
        save(folder, model, state, origin)
        if state.step == step:
            raise Stop

    monkeypatch.setattr(job, "save_checkpoint", saving)


VARIANTS = {
    "one-cycle, decay": "--set adam.weight_decay=0.01",
    "cosine, decay, clipping": (
        "--set adam.schedule=cosine --set adam.weight_decay=0.01 --set adam.warmup=0.3"
        " --set gradient_clip=5"
    ),
    "constant": "--set adam.schedule=constant",
    "two micro-batches": "--set accumulate=2",
    "third party": "--optimizer mine --set mine.momentum=0.8 --learning-rate 1e-5",
}


@pytest.mark.usefixtures("installed", "unsummarized")
@pytest.mark.parametrize(("variant", "step"), list(zip(VARIANTS, (3, 5, 4, 3, 5), strict=True)))
def test_an_interrupted_run_ends_with_the_same_weights(tmp_path, monkeypatch, variant, step):
    command = f"{TRAIN} {VARIANTS[variant]} --trackers csv --out"
    mmcore(command, tmp_path / "whole")
    folder = tmp_path / "cut"
    with monkeypatch.context() as patch:
        cut(patch, step)
        with pytest.raises(Stop):
            mmcore(command, folder)
    mmcore("train --resume", folder)
    assert same(weights(tmp_path / "whole"), weights(folder))
    lines = (folder / "metrics.csv").read_text().splitlines()
    assert [line.split(",")[0] for line in lines[1:]] == [str(n + 1) for n in range(STEPS)]


@pytest.mark.slow
@pytest.mark.usefixtures("installed", "unsummarized")
def test_every_variant_trains_differently(tmp_path):
    results = []
    for number, options in enumerate(VARIANTS.values()):
        mmcore(f"{TRAIN} {options} --out", tmp_path / str(number))
        results.append(weights(tmp_path / str(number)))
    names = list(VARIANTS)
    assert not any(same(results[0], other) for other in results[1:])
    # Splitting a batch changes the gradient by rounding alone.
    whole, parted = results[0], results[names.index("two micro-batches")]
    assert all(torch.allclose(whole[k], parted[k], atol=1e-4) for k in whole)


@pytest.mark.usefixtures("installed")
def test_a_missing_option_is_one_sentence(tmp_path):
    with pytest.raises(MmcoreError, match="optimizer 'mine': momentum='fast' is not valid"):
        mmcore(f"{TRAIN} --optimizer mine --set mine.momentum=fast --out", tmp_path / "run")
    assert not (tmp_path / "run").exists()
