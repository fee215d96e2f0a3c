"""One package offers a component of every kind, and each is used by name from the command line."""

import json

import pandas as pd
import pytest
from typer.testing import CliRunner

from mmcore.cli.app import app

LIGHT = """
from mmcore.plugins import ComponentSpec, hookimpl

PARTS = {
    "modality": "Waves", "prior": "Shifted", "inference": "Best", "aggregator": "Tempered",
    "objective": "Doubled", "method": "plain", "optimizer": "Descent", "tracker": "Lines",
    "metric": "Norms", "format": "Pipes",
}

@hookimpl
def mmcore_components():
    return [
        ComponentSpec(
            kind=kind,
            name=f"fake-{kind}",
            factory=f"fake_all.parts:{part}",
            settings=f"fake_all.settings:{part.capitalize()}Settings",
            dataset="fake_all.parts:WavesData" if kind == "modality" else None,
            facts={"suffixes": ".pipes"} if kind == "format" else {},
        )
        for kind, part in PARTS.items()
    ]
"""
SETTINGS = """
from mmcore.config import Frozen
from mmcore.config.components import GuardedSettings

class WavesSettings(Frozen):
    width: int = 8

class ShiftedSettings(Frozen):
    mean: float = 0.5

class BestSettings(Frozen): ...

class TemperedSettings(Frozen):
    temperature: float = 1.0

class DoubledSettings(Frozen): ...

class PlainSettings(GuardedSettings): ...

class DescentSettings(Frozen):
    momentum: float = 0.0

class LinesSettings(Frozen):
    name: str = "lines.txt"

class NormsSettings(Frozen):
    power: float = 2.0

class PipesSettings(Frozen): ...
"""
PARTS = """
import math
from dataclasses import replace
import pandas as pd
import torch
from torch import nn
from mmcore import (
    Aggregator, Gaussian, Inference, Modality, MmcoreError, Noise, Objective, Posterior, Prior
)
from mmcore.aggregators import ProductOfExperts
from mmcore.data import Dataset, FilesMissing, TensorView
from mmcore.data.tables import Format, FrameTable, OpenedTable
from mmcore.likelihoods import FixedLaplace
from mmcore.methods.base import Method, equally
from mmcore.methods.weights import style_training, term_weights
from mmcore.metrics.base import Measured, Metric
from mmcore.nn import PosteriorHead
from mmcore.objectives import Elbo
from mmcore.reporting.record import Column, Table
from mmcore.training.optimizer import Optimization, OptimizerBuilder
from mmcore.training.trackers import Tracker

class Waves(Modality):
    def __init__(self, settings, context):
        super().__init__()
        self.encoder = nn.Sequential(
            nn.Linear(4, settings.width), nn.Tanh(),
            PosteriorHead(settings.width, context.content_dim, context.style_dim),
        )
        self.decoder = nn.Linear(context.latent_dim, 4)

    @property
    def event_shape(self):
        return torch.Size((4,))

    def encode(self, x):
        return self.encoder(x)

    def decode(self, content, style):
        return FixedLaplace(self.decoder(torch.cat([content, style], -1)), 0.5)

class WavesData(Dataset):
    def load(self, root, split):
        raise FilesMissing([root / "waves"])

    def sample(self, split):
        generator = torch.Generator().manual_seed(len(split))
        labels = torch.arange(200) % 10
        return TensorView(labels[:, None] + torch.randn(200, 4, generator=generator), labels)

class Shifted(Prior):
    def __init__(self, settings, context):
        super().__init__()
        self.dims = context.style_dim if context.name else context.content_dim
        self.loc = settings.mean

    def sample(self, noise, stream, *draws):
        return self.loc + noise.normal(stream, *draws, self.dims)

    def log_prob(self, z):
        return -0.5 * ((z - self.loc) ** 2 + math.log(2 * math.pi)).sum(-1)

    def gaussian(self):
        return Gaussian(torch.full((self.dims,), self.loc), torch.zeros(self.dims))

class Best(Inference):
    def __init__(self, settings, context):
        super().__init__()

    def forward(self, encoding, noise=None):
        spread = encoding.content.logvar.sum(-1).masked_fill(~encoding.present, math.inf)
        return encoding.content.take(spread.argmin(0))

class Tempered(Aggregator):
    is_gaussian = True

    def __init__(self, settings, context):
        super().__init__()
        self.temperature = settings.temperature

    def forward(self, experts):
        weights = experts.weights ** (1 / self.temperature)
        weights = (weights / weights.sum(0)).unsqueeze(-1)
        q = experts.gaussians
        return Gaussian((weights * q.loc).sum(0), (weights * q.logvar).sum(0))

class Doubled(Objective):
    def __init__(self, settings, context):
        super().__init__()
        self.elbo = Elbo(context.posterior, context.weights, context.styles)

    def forward(self, codec, batch, noise, progress):
        terms = self.elbo(codec, batch, noise, progress)
        return replace(terms, loss=2 * terms.loss)

def plain(settings, context):
    posterior = equally(ProductOfExperts(), context, prior=True)
    objective = Elbo(posterior, term_weights(settings, context), style_training(settings))
    return Method(objective, posterior, caveat="a test declares none")

class Descent(OptimizerBuilder):
    def __init__(self, settings, context):
        self.momentum = settings.momentum

    def build(self, named_parameters, config):
        parameters = [parameter for _, parameter in named_parameters]
        optimizer = torch.optim.SGD(parameters, lr=1e-4, momentum=self.momentum)
        return Optimization(optimizer, torch.optim.lr_scheduler.ConstantLR(optimizer, factor=1.0))

class Lines(Tracker):
    def __init__(self, settings, context):
        self.name = settings.name

    def start(self, folder, config, step):
        self.path = folder / self.name

    def log(self, report):
        with self.path.open("a") as file:
            file.write(f"{report.step} {report.metrics['loss']}\\n")

class Norms(Metric):
    def measure(self, subject):
        generated = subject.model.generate(50, seed=subject.settings.seed)
        rows = {n: (float(x.float().norm(self.settings.power)),) for n, x in generated.items()}
        columns = (Column(name="norm"),)
        return Measured([Table(name="norms", about="Norms.", columns=columns, rows=rows)])

class Pipes(Format):
    def __init__(self, settings, context): ...

    def open(self, path, missing):
        frame = pd.read_csv(path, sep="|")
        return OpenedTable(FrameTable(frame))

    def write(self, path, frames):
        pd.concat(frames).to_csv(path, sep="|", index=False)
"""
SHORT = "--data sample --steps 4 --batch-size 16 --precision 32-true --accelerator cpu"
SMALL = "--content-dim 3 --style-dim 2"


@pytest.fixture
def mmcore(site, tmp_path, monkeypatch):
    """Return a function that runs a command line where the package is installed."""
    site("fake-all", LIGHT, settings=SETTINGS, parts=PARTS)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))

    def run(command):
        result = CliRunner().invoke(app, command.split())
        assert result.exit_code == 0, (command, result.output, result.exception)
        return result.output

    return run


def test_modality_prior_method_optimizer_tracker_and_metric(mmcore, tmp_path):
    mmcore(
        f"train --modalities fake-modality,text --method fake-method {SHORT} {SMALL} --out run"
        " --prior fake-prior --style-prior fake-prior --set fake-prior.mean=0.25"
        " --optimizer fake-optimizer --set fake-optimizer.momentum=0.5"
        " --trackers jsonl,fake-tracker --set fake-tracker.name=log.txt"
        " --set fake-modality.width=5"
    )
    assert (tmp_path / "run" / "log.txt").read_text().startswith("4 ")
    config = json.loads((tmp_path / "run" / "model" / "config.json").read_text())
    assert config["model"]["prior_options"] == {"mean": 0.25}
    used = {name.partition(" ")[0] for name, owner in config["plugins"].items() if "fake" in owner}
    assert used == {"modality", "prior", "method"}
    shared = "--rows 40 --likelihood-rows 4 --samples 4 --probe-rows 500"
    output = mmcore(
        f"evaluate run {shared} --metrics imputation,fake-metric --set fake-metric.power=1"
    )
    evaluation = json.loads((tmp_path / "run" / "evaluation.json").read_text())
    assert "fake-metric" in evaluation["metrics"]
    (table,) = evaluation["metrics"]["fake-metric"]["tables"]
    assert table["rows"].keys() == {"fake-modality", "text"}
    assert "fake-metric" in output


@pytest.mark.parametrize("posterior", ["fake-aggregator", "fake-inference"])
def test_aggregator_or_inference_and_objective(mmcore, posterior):
    nested = " --set fake-aggregator.temperature=2" if posterior == "fake-aggregator" else ""
    mmcore(
        f"train --modalities fake-modality,text --method custom {SHORT} {SMALL} --out run"
        f" --set posterior={posterior} --set objective=fake-objective{nested}"
    )
    mmcore(
        "evaluate run --rows 40 --likelihood-rows 4 --samples 4 --fusion fake-aggregator"
        " --metrics representation,likelihood"
    )


def test_format(mmcore, tmp_path):
    frame = pd.DataFrame({"id": [f"p{n:03d}" for n in range(40)], "x": range(40), "y": 0.5})
    frame.loc[3, "x"] = None
    frame["z"] = [n % 7 for n in range(40)]
    frame[["id", "x", "z"]].to_csv(tmp_path / "a.pipes", sep="|", index=False)
    frame[["id", "z"]].assign(w=frame["z"] ** 2).to_csv(tmp_path / "b.csv", index=False)
    mmcore("data init a.pipes b.csv")
    mmcore("data check study.yaml")
    mmcore("train --config study.yaml --steps 4 --out run --precision 32-true --accelerator cpu")
    mmcore("impute run --out filled.pipes")
    filled = pd.read_csv(tmp_path / "filled.pipes", sep="|")
    assert len(filled) == 40
    assert filled.notna().all()[["a.x", "b.w"]].all()
