"""With other modalities: training, saving, evaluation."""

import json
import os
import shutil
import subprocess
import sys

import pytest
import torch

import mmcore
from mmcore.config import EvaluationSettings
from mmcore.runs.folder.files import RunFolder
from mmcore.runs.training.resuming import resume

SMALL = {
    "data": "sample",
    "steps": 4,
    "batch_size": 16,
    "content_dim": 4,
    "style_dim": 2,
    "checkpoint_every": 2,
}


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(folder / "cache"))
        patch.setattr("mmcore.runs.training.summary.PROBE_ROWS", 200)
        choices = {**SMALL, "hf-text.frozen": True}
        yield mmcore.train("mnist", "hf-text", out=folder / "run", **choices)


def test_it_trains_with_another_modality(run):
    assert run.summary["linear_probe"].keys() == {"mnist", "hf-text", "mnist+hf-text"}


def test_a_saved_model_says_the_same_bit_for_bit(run):
    again = mmcore.Model.from_pretrained(run.folder / "model")
    tokens = again.codec["hf-text"].tokens(["a photo of the digit seven", "this is a two"])
    one, other = (model.infer({"hf-text": tokens}).mean for model in (run.model, again))
    assert torch.equal(one, other)
    pictures = [m.translate({"hf-text": tokens}, ("mnist",))["mnist"] for m in (run.model, again)]
    assert torch.equal(*pictures)


def test_what_is_generated_can_be_given(run):
    words = run.model.generate(3)["hf-text"]
    assert len(run.model.codec["hf-text"].texts(words)) == 3
    assert run.model.infer({"hf-text": words}).mean.shape == (3, 4)


@pytest.mark.slow
def test_the_perplexity_stands_beside_a_unigram_baseline(run):
    settings = EvaluationSettings(options={"perplexity": {"samples": 8, "likelihood_rows": 6}})
    record = mmcore.evaluate(run.folder, settings, ["perplexity"])
    (table,) = record.metrics["perplexity"].tables
    assert list(table.rows) == ["(baseline)", "p(hf-text)", "p(hf-text | mnist)"]
    assert [c.name for c in table.columns][::2] == ["nats per token", "nats per character"]
    for values in table.rows.values():
        nats, perplexity = values[:2]
        assert perplexity == pytest.approx(float(torch.tensor(nats).double().exp()))


def test_resuming_gives_the_same_weights(run, tmp_path):
    folder = RunFolder(shutil.copytree(run.folder, tmp_path / "run"))
    folder.summary.unlink()
    shutil.rmtree(max(folder.checkpoints.glob("step-*")))
    again = resume(folder.path)
    pairs = zip(run.model.state_dict().items(), again.model.state_dict().values(), strict=True)
    for (name, one), other in pairs:
        assert torch.equal(one, other), name


def test_both_train_together_with_holes(tmp_path, monkeypatch):
    monkeypatch.setattr("mmcore.runs.training.summary.PROBE_ROWS", 200)
    choices = {**SMALL, "drop": 0.3, "hf-image.frozen": True}
    result = mmcore.train("hf-text", "hf-image", out=tmp_path / "run", **choices)
    assert torch.isfinite(torch.tensor(result.summary["last_metrics"]["loss"]))
    config = json.loads((result.folder / "model" / "config.json").read_text())
    settings = config["model"]["modalities"]["hf-image"]["settings"]
    assert settings["config"]["model_type"] == "vit"


@pytest.mark.slow
def test_captions_of_faces_train_with_the_faces(tmp_path, monkeypatch):
    monkeypatch.setattr("mmcore.runs.training.summary.PROBE_ROWS", 200)
    choices = {"hf-text.captions": "celeba-text", "hf-text.length": 48, "celeba-image.width": 8}
    choices = {**SMALL, **choices, "steps": 2}
    result = mmcore.train("celeba-image", "hf-text", out=tmp_path / "run", **choices)
    assert torch.isfinite(torch.tensor(result.summary["last_metrics"]["loss"]))


def test_light_modules_import_no_transformers():
    code = (
        "import sys, mmcore_transformers.plugin, mmcore_transformers.settings;"
        "sys.exit(bool({'torch', 'transformers', 'tokenizers'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], env=os.environ, check=False).returncode == 0
