"""The example package with a set encoder is trained, measured, saved and loaded like the core's methods."""

import io
import sys
from pathlib import Path

import pytest
import torch

from mmcore import Batch, Model, Noise
from mmcore.config import (
    DataConfig,
    EvaluationSettings,
    ModalityConfig,
    ModelConfig,
    RunConfig,
    TrainingConfig,
)
from mmcore.plugins import Catalogue, PluginRecord
from mmcore.runs.evaluation.evaluate import evaluate
from mmcore.runs.folder.files import RunFolder
from mmcore.runs.training.job import run
from mmcore.terminal.printing import Console
from mmcore.testing import VECTORS

PACKAGE = Path(__file__).parents[2] / "examples" / "mmcore-set-encoder"


@pytest.fixture
def package(tmp_path, monkeypatch):
    """Install the package as an editable installation does: its folder on the path, and its metadata."""
    info = tmp_path / "site" / "mmcore_set_encoder-0.1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: mmcore-set-encoder\nVersion: 0.1.0\n"
    )
    (info / "entry_points.txt").write_text("[mmcore]\nset-encoder = mmcore_set_encoder.plugin\n")
    monkeypatch.syspath_prepend(info.parent)
    monkeypatch.syspath_prepend(PACKAGE)
    yield
    for name in [name for name in sys.modules if name.startswith("mmcore_set_encoder")]:
        del sys.modules[name]


@pytest.fixture
def catalogue(package, monkeypatch):
    """The installed components and small vectors, of which there are enough for every metric."""
    monkeypatch.setattr("mmcore.testing.vectors.ITEMS", 600)
    vectors = PluginRecord("test", "test-plugin", "0", "ok", VECTORS)
    return Catalogue([*Catalogue.discover().records, vectors])


@pytest.fixture
def trained(catalogue, tmp_path, monkeypatch):
    """The result of a short run on vectors and texts, some of which are missing."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("MMCORE_DATA", raising=False)
    names = {
        "vector": ModalityConfig(kind="vector-a"),
        "text": ModalityConfig(kind="text", settings={"width": 4}),
    }
    model = ModelConfig(
        modalities=names, content_dim=3, style_dim=2, method="set-encoder", options={"width": 16}
    )
    training = TrainingConfig(steps=20, batch_size=32, precision="32-true", accelerator="cpu")
    config = RunConfig(model=model, data=DataConfig(mode="sample", drop=0.3), training=training)
    return run(config, RunFolder(tmp_path / "run"), catalogue=catalogue, console=quiet())


def quiet():
    return Console(file=io.StringIO())


@pytest.mark.slow
def test_every_metric_measures_a_set_encoder(trained, catalogue, tmp_path):
    scored = {"samples": 4, "likelihood_rows": 10}
    options = {"representation": {"probe_rows": 600}, "likelihood": scored, "perplexity": scored}
    settings = EvaluationSettings(rows=400, options=options)
    record = evaluate(tmp_path / "run", settings, catalogue=catalogue, console=quiet())
    assert set(record.metrics) == set(catalogue.names("metric"))
    for name, metric in record.metrics.items():
        assert metric.tables, f"{name}: {metric.left_out}"
    tables = {table.name: table for metric in record.metrics.values() for table in metric.tables}
    assert list(tables["log-likelihood, proposal 'inference'"].rows) == [
        "vector",
        "text",
        "vector+text",
    ]


def test_a_saved_set_encoder_is_loaded_bit_by_bit(trained, catalogue, tmp_path):
    trained.model.eval().save_pretrained(tmp_path / "model")
    loaded = Model.from_pretrained(tmp_path / "model", catalogue=catalogue)
    values = {"vector": torch.ones(6, 6), "text": torch.arange(48).reshape(6, 8).byte() % 26}
    present = {"vector": torch.arange(6) < 4, "text": torch.arange(6) % 3 > 0}
    before, after = (model.infer(values, present) for model in (trained.model, loaded))
    assert torch.equal(before.loc, after.loc)
    assert torch.equal(before.logvar, after.logvar)
    assert "mmcore-set-encoder 0.1.0" in (tmp_path / "model" / "config.json").read_text()


def test_the_joint_posterior_is_a_choice_of_custom(package):
    model = Model.from_plugins("text", "mnist", method="custom", posterior="set")
    assert type(model.inference).__name__ == "SetEncoder"
    loss = model.objective(
        model.codec, Batch.of({"text": torch.zeros(4, 8).byte()}), Noise(4), 1.0
    ).loss
    assert loss.isfinite().all()
