"""Answers in parts are the answers of one process, and finished parts are not computed again."""

import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
import yaml
from typer.testing import CliRunner

from mmcore.cli import parts
from mmcore.cli.app import app
from mmcore.config.study import StudyConfig
from mmcore.data import open_data
from mmcore.data.tables import fit_study
from mmcore.errors import MmcoreError
from mmcore.model import Model
from mmcore.plugins import Catalogue
from mmcore.runs.folder.files import RunFolder
from mmcore.runs.prediction import embedding, imputation
from mmcore.runs.prediction.parts import Part
from mmcore.storage.schemas import write_document

ROWS, PIECE = 30, 7
COMMANDS = {
    "impute": ["--samples", "19"],
    "embed": ["--clusters", "2"],
    "score": ["--samples", "8", "--by-modality"],
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A run on a study with holes whose weights are as they began."""
    folder = tmp_path_factory.mktemp("study")
    cells = pd.DataFrame(np.random.default_rng(0).normal(size=(ROWS, 4)), columns=[*"abcd"])
    cells.mask(cells > 1).assign(id=[f"p{n:02d}" for n in range(ROWS)]).to_parquet(
        folder / "cells.parquet", index=False
    )
    kind = {"kind": "table", "file": "cells.parquet", "width": 4}
    document = {
        "modalities": {"left": kind | {"columns": [*"ab"]}, "right": kind | {"columns": [*"cd"]}},
        "model": {"content_dim": 2},
    }
    (folder / "study.yaml").write_text(yaml.safe_dump(document))
    catalogue = Catalogue.discover()
    config = fit_study(StudyConfig.model_validate(document), folder, catalogue).config
    run = RunFolder(folder / "run")
    run.begin(config)
    Model.from_config(config.model, catalogue=catalogue).save_pretrained(run.model)
    items = open_data(config.data, config.model.modalities, catalogue, config.seed).items
    write_document(run.record, {"data": "real", "data_root": None, "data_items": items})
    return folder


@pytest.fixture(autouse=True)
def pieces(monkeypatch):
    """Records are computed seven at a time."""
    monkeypatch.setattr(embedding, "CHUNK", PIECE)
    monkeypatch.setattr(imputation, "AT_ONCE", PIECE * 2 * 19)
    monkeypatch.setattr("mmcore.inference.likelihood.importance_sampling.MOST_ROWS", PIECE)


def ask(*arguments):
    actual = CliRunner().invoke(app, list(map(str, arguments)))
    if isinstance(actual.exception, MmcoreError):
        raise actual.exception
    assert actual.exit_code == 0, actual.output
    return actual.output


@pytest.mark.parametrize("name", COMMANDS)
def test_parts_together_are_the_answers_of_one_process(folder, tmp_path, name):
    command = [name, folder / "run", *COMMANDS[name], "--seed", 5, "--out"]
    ask(*command, tmp_path / "whole.parquet")
    for number in (3, 1, 2):
        ask(*command, tmp_path / "parts", "--shard", f"{number}/3")
    whole, together = (pd.read_parquet(tmp_path / place) for place in ("whole.parquet", "parts"))
    pd.testing.assert_frame_equal(together, whole, check_exact=True)
    times = {path: path.stat().st_mtime_ns for path in (tmp_path / "parts").iterdir()}
    assert "part 2 of 3 is finished already" in ask(*command, tmp_path / "parts", "--shard", "2/3")
    assert times == {path: path.stat().st_mtime_ns for path in (tmp_path / "parts").iterdir()}


def test_a_folder_has_the_parts_of_one_command(folder, tmp_path):
    command = ["embed", folder / "run", "--out", tmp_path / "parts"]
    ask(*command, "--shard", "1/2")
    with pytest.raises(MmcoreError, match="parts is 2 there, and 3 now"):
        ask(*command, "--shard", "1/3")
    with pytest.raises(MmcoreError, match="seed is 0 there, and 1 now"):
        ask(*command, "--shard", "2/2", "--seed", 1)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--shard", "3/2"], "expected the number of a part and of all parts"),
        (["--shard", "1/2", "--processes", 2], "exclude each other"),
        (
            ["--shard", "1/99"],
            "99 parts are too many: .* the number of pieces is 5; use --shard 1/5",
        ),
        (["--shard", "1/2", "--out", "a.parquet"], "expected the name of a folder, such as 'a'"),
    ],
)
def test_bad_parts_are_refused(folder, tmp_path, monkeypatch, options, sentence):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(MmcoreError, match=sentence):
        ask("embed", folder / "run", "--out", "parts", *options)


def test_processes_are_started_with_the_same_options(folder, tmp_path, monkeypatch):
    started = []

    class Child(subprocess.Popen):
        def __init__(self, command, **options):
            started.append(command)
            super().__init__([sys.executable, "-c", ""], **options)

    monkeypatch.setattr(parts.subprocess, "Popen", Child)
    out = tmp_path / "parts"
    ask("impute", folder / "run", "--out", out, "--draws", 3, "--raw", "--processes", 2)
    same = [sys.executable, "-m", "mmcore", "impute", str(folder / "run"), "--out", str(out)]
    wanted = [*same, "--draws", "3", "--raw", "--shard"]
    assert started == [[*wanted, "1/2"], [*wanted, "2/2"]]


def test_the_parts_have_every_piece_once():
    for count in (1, 2, 5, 7):
        pieces = [piece for n in range(count) for piece in Part(n + 1, count).of(range(7))]
        assert pieces == [*range(7)]


@pytest.mark.slow
def test_two_processes_and_a_process_that_fails(folder, tmp_path):
    """Of a thousand records each, so that the pieces need no monkeypatch in the processes."""
    cells = pd.DataFrame(np.random.default_rng(1).normal(size=(2500, 4)), columns=[*"abcd"])
    cells.assign(id=[f"n{n}" for n in range(2500)]).to_parquet(folder / "new.parquet", index=False)
    study = (folder / "study.yaml").read_text().replace("cells.parquet", "new.parquet")
    (folder / "new.yaml").write_text(study)
    command = [
        sys.executable,
        "-m",
        "mmcore",
        "embed",
        folder / "run",
        "--data",
        folder / "new.yaml",
    ]
    subprocess.run([*command, "--out", tmp_path / "whole.parquet"], check=True)
    again = [*command, "--processes", "2", "--out", tmp_path / "parts"]
    failed = subprocess.run(
        [*command, "--processes", "9", "--out", tmp_path / "few"], capture_output=True
    )
    assert failed.returncode == 2
    assert b"use at most 3 parts" in failed.stderr
    subprocess.run(again, check=True)
    whole, together = (pd.read_parquet(tmp_path / place) for place in ("whole.parquet", "parts"))
    pd.testing.assert_frame_equal(together, whole, rtol=1e-6)
