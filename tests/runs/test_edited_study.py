"""A study file that is edited before its run is continued: edits are refused or named, and never ignored."""

from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from mmcore.cli.app import app
from mmcore.errors import MmcoreError
from mmcore.runs.folder.files import read_config
from mmcore.runs.training import job

SUMMARY = {"data": "real", "linear_probe": {}, "warnings": [], "last_metrics": {}}


def write_study(folder: Path, steps: int = 2, **own) -> Path:
    (folder / "a.csv").write_text(
        "id,x,y\n" + "".join(f"p{n},{n / 7:.2f},{n % 3}\n" for n in range(20))
    )
    training = {"steps": steps, "precision": "32-true", "accelerator": "cpu", "trackers": []}
    table = {"kind": "table", "file": "a.csv", **own}
    training["optimizer_options"] = {"schedule": "constant"}
    document = {
        "modalities": {"a": table},
        "training": training,
        "model": {"options": {"style_warmup": 0.0}},
    }
    file = folder / "study.yaml"
    file.write_text(yaml.safe_dump(document))
    return file


def mmcore(*arguments):
    result = CliRunner().invoke(app, list(map(str, arguments)))
    if result.exception is not None and not isinstance(result.exception, SystemExit | MmcoreError):
        raise result.exception
    return result


@pytest.fixture
def run(tmp_path, monkeypatch):
    """The folder of an interrupted run that began with the study file beside it."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(job, "summarize", lambda *_: SUMMARY)
    folder = tmp_path / "run"
    assert mmcore("train", "--config", write_study(tmp_path), "--out", folder).exit_code == 0
    (folder / "summary.json").unlink()
    return folder


def test_an_edited_declaration_is_refused_by_its_place(run, tmp_path):
    file = write_study(tmp_path, types={"y": "categorical"})
    error = mmcore("train", "--resume", run, "--config", file).exception
    assert isinstance(error, MmcoreError)
    assert "modalities.a.types.y is categorical and was not given" in str(error)


def test_without_config_an_edited_file_is_named_and_has_no_effect(run, tmp_path):
    write_study(tmp_path, steps=9, columns=["x"])
    result = mmcore("train", "--resume", run)
    assert result.exit_code == 0
    text = " ".join(result.output.split())
    assert "modalities.a.columns is ['x'] and was not given" in text
    assert "training.steps is 9 and was 2" in text
    assert "--steps changes its length" in text
    assert read_config(run / "config.yaml").training.steps == 2


def test_an_edited_length_extends_the_run(run, tmp_path):
    file = write_study(tmp_path, steps=3)
    assert mmcore("train", "--resume", run, "--config", file).exit_code == 0
    assert read_config(run / "config.yaml").training.steps == 3


def test_an_unchanged_file_is_accepted_without_a_remark(run, tmp_path):
    result = mmcore("train", "--resume", run, "--config", tmp_path / "study.yaml")
    assert result.exit_code == 0
    assert "has changed" not in result.output


def test_a_run_that_began_without_a_study_refuses_one(run, tmp_path):
    (run / "study.json").unlink()
    error = mmcore("train", "--resume", run, "--config", tmp_path / "study.yaml").exception
    assert "cannot be compared" in str(error)


def test_a_length_is_refused_for_an_ensemble(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(job, "summarize", lambda *_: SUMMARY)
    folder, file = tmp_path / "runs", write_study(tmp_path)
    words = ("train", "--config", file, "--ensemble", 2, "--out", folder)
    assert mmcore(*words).exit_code == 0
    error = mmcore("train", "--resume", folder, "--steps", 9).exception
    assert "holds an ensemble, whose runs keep their own length" in str(error)
