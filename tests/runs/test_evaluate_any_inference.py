"""Every metric works for a joint posterior that is not a combination of unimodal experts."""

import pytest
import torch

from mmcore.config import (
    DataConfig,
    EvaluationSettings,
    ModalityConfig,
    ModelConfig,
    RunConfig,
    TrainingConfig,
)
from mmcore.plugins import ComponentSpec
from mmcore.plugins.builtin.metrics import metrics as core_metrics
from mmcore.runs.evaluation.evaluate import evaluate
from mmcore.runs.folder.files import RunFolder
from mmcore.runs.training.job import run
from mmcore.testing import catalogue_of

OF_STUDIES = {"attributions", "covariates", "differences", "mixing", "survival"}
"""Metrics of the columns of a study, which measure nothing of other data."""
JOINT = """
import torch
from torch import nn
from mmcore import Gaussian
from mmcore.data import TensorView
from mmcore.encoding import Inference
from mmcore.testing import LinearGaussian
from mmcore.testing.vectors import VectorData

FEATURES = 6

class Joint(Inference):
    '''A linear encoder of the concatenated values, zeros for missing ones.'''

    def __init__(self, settings, context):
        super().__init__()
        self.layer = nn.Linear(FEATURES * len(context.names), 2 * context.content_dim)

    def forward(self, encoding, noise=None):
        zeros = encoding.content.loc.new_zeros(encoding.rows, FEATURES)
        values = [
            torch.where(mask.unsqueeze(-1), encoding.values.get(name, zeros), 0.0)
            for name, mask in zip(encoding.names, encoding.present, strict=True)
        ]
        loc, logvar = self.layer(torch.cat(values, -1)).chunk(2, -1)
        return Gaussian(loc, logvar)

class Counted(LinearGaussian):
    '''Vectors whose elements are units, so that they have a perplexity.'''

    def unit_counts(self, x):
        return {"element": torch.full((len(x),), FEATURES, device=x.device)}

class Vectors(VectorData):
    '''Twice as many items, so that quality can be measured.'''

    def sample(self, split):
        view = super().sample(split)
        items = view.fetch(torch.arange(len(view)), None)
        return TensorView(torch.cat([items, items + 0.1]), torch.cat([view.labels, view.labels]))
"""


@pytest.fixture
def catalogue(site):
    site("fake-joint", JOINT)
    return catalogue_of(
        ComponentSpec(kind="inference", name="joint-values", factory="fake_joint.plugin:Joint"),
        ComponentSpec(
            kind="modality",
            name="counted",
            factory="fake_joint.plugin:Counted",
            settings="mmcore.testing.linear_gaussian:LinearGaussianSettings",
            dataset="fake_joint.plugin:Vectors",
        ),
    )


@pytest.mark.slow
def test_every_metric_measures_a_joint_encoder(catalogue, tmp_path, quiet, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    config = RunConfig(
        model=ModelConfig(
            modalities={
                name: ModalityConfig(kind="counted", settings={"seed": seed})
                for seed, name in enumerate(("a", "b", "c"))
            },
            content_dim=2,
            style_dim=1,
            method="custom",
            options={"posterior": "joint-values"},
        ),
        data=DataConfig(mode="sample"),
        training=TrainingConfig(steps=3, batch_size=16, precision="32-true", accelerator="cpu"),
    )
    run(config, RunFolder(tmp_path / "run"), catalogue=catalogue, console=quiet)
    scored = {"samples": 4, "likelihood_rows": 10}
    options = {
        "representation": {"probe_rows": 600},
        "likelihood": scored,
        "perplexity": scored,
    }
    record = evaluate(
        tmp_path / "run",
        EvaluationSettings(rows=100, options=options),
        catalogue=catalogue,
        console=quiet,
    )
    assert list(record.metrics) == [spec.name for spec in core_metrics()]
    for name, metric in record.metrics.items():
        expected = metric.left_out if name in OF_STUDIES else metric.tables
        assert expected, (name, metric.left_out)
    tables = {table.name: table for metric in record.metrics.values() for table in metric.tables}
    assert {f"log-likelihood, proposal '{p}'" for p in ("inference", "mixture")} <= tables.keys()
    assert {"generation", "product", "mixture"} <= tables["posteriors"].rows.keys()
    assert "perplexity of a" in tables
    for values in tables["information"].rows.values():
        by_column = dict(zip([c.name for c in tables["information"].columns], values, strict=True))
        assert by_column["share of precision"] is None
        assert torch.tensor(by_column["nats added"]).isfinite()
    assert any("share of precision" in s for s in record.metrics["information"].left_out)
