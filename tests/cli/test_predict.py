"""The commands `impute`, `embed` and `score`, as a user meets them."""

import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
import yaml
from typer.testing import CliRunner

from mmcore.cli.app import app
from mmcore.config.study import StudyConfig
from mmcore.data import open_data
from mmcore.data.tables import fit_study
from mmcore.errors import MmcoreError
from mmcore.model import Model
from mmcore.plugins import Catalogue
from mmcore.runs.folder.files import RunFolder
from mmcore.storage.schemas import write_document


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A study of two tables, and a run on it whose weights are as they began."""
    folder = tmp_path_factory.mktemp("study")
    random = np.random.default_rng(0)
    for name, rows in {"a": range(20), "b": range(5, 24)}.items():
        frame = pd.DataFrame(random.normal(size=(len(rows), 3)), columns=list("xyz"))
        frame.insert(0, "id", [f"p{n:02d}" for n in rows])
        frame.to_csv(folder / f"{name}.csv", index=False)
    modalities = {name: {"kind": "table", "file": f"{name}.csv"} for name in ("a", "b")}
    (folder / "study.yaml").write_text(yaml.safe_dump({"modalities": modalities}))
    catalogue = Catalogue.discover()
    config = fit_study(
        StudyConfig.model_validate({"modalities": modalities}), folder, catalogue
    ).config
    run = RunFolder(folder / "run")
    run.begin(config)
    model = Model.from_config(config.model, catalogue=catalogue)
    model.save_pretrained(run.model)
    items = open_data(config.data, config.model.modalities, catalogue, config.seed).items
    write_document(run.record, {"data": "real", "data_root": None, "data_items": items})
    return folder


def ask(*arguments):
    actual = CliRunner().invoke(app, list(map(str, arguments)))
    if isinstance(actual.exception, MmcoreError):
        raise actual.exception
    assert actual.exit_code == 0, actual.output
    return actual.output


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_impute_fills_every_hole(folder, tmp_path, suffix):
    out = tmp_path / f"completed.{suffix}"
    messages = ask("impute", folder / "run", "--out", out, "--samples", 19)
    assert "24 rows" in messages
    actual = pd.read_csv(out) if suffix == "csv" else pd.read_parquet(out)
    assert actual[[f"{m}.{c}" for m in "ab" for c in "xyz"]].notna().all(axis=None)
    assert actual["b.x__observed"].sum() == 19


def test_corrected_answers_have_effective_samples_and_a_count_of_records_without(folder, tmp_path):
    out = tmp_path / "completed.csv"
    messages = ask(
        "impute", folder / "run", "--out", out, "--samples", 19, "--posterior", "corrected"
    )
    effective = pd.read_csv(out)["effective_samples"]
    few = int((effective < 10).sum())
    assert effective.notna().sum() == 9
    assert ("of 9 records" in messages) == (few > 0)


def test_embed_and_score_write_a_row_for_each_record(folder, tmp_path):
    data = ("--data", folder / "study.yaml")
    ask("embed", folder / "run", *data, "--out", tmp_path / "latent.parquet")
    messages = ask("score", folder / "run", *data, "--samples", 4, "--out", tmp_path / "scores.csv")
    latent = pd.read_parquet(tmp_path / "latent.parquet")
    scores = pd.read_csv(tmp_path / "scores.csv")
    assert latent["id"].tolist() == scores["id"].tolist()
    assert set(latent["given"]) == {"a", "a+b", "b"}
    assert "the most unusual of 24 records" in messages


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ("impute", "--conformal"),
            r"the intervals of a given b are calibrated on \d held-out records, too few of which have the"
            r" column 'x', expected at least 9 at level 0\.9; lower the level, hold out more records",
        ),
        (
            ("impute", "--conformal", "--draws", 2),
            "conformal scales intervals, and draws have none; leave one of them out",
        ),
        (
            ("impute", "--samples", 5),
            "5 samples are too few for an interval at level 0.9; at least 19",
        ),
        (("impute", "--level", 1.5), "level=1.5 is not valid"),
        (("impute", "--draws", 0), "draws=0 is not valid"),
        (("embed", "--data", "none.yaml"), "no configuration at 'none.yaml'"),
        (("score", "--samples", 0), "samples=0 is not valid"),
    ],
)
def test_a_wrong_question_is_one_sentence(folder, tmp_path, arguments, message):
    command, *options = arguments
    with pytest.raises(MmcoreError, match=message):
        ask(command, folder / "run", "--out", tmp_path / "out.csv", *options)
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_written_over(folder, tmp_path):
    out = tmp_path / "out.csv"
    out.write_text("precious")
    for command in ("impute", "embed", "score"):
        with pytest.raises(MmcoreError, match="already exists"):
            ask(command, folder / "run", "--out", out)
    assert out.read_text() == "precious"


def test_prediction_imports_no_library_of_training_and_evaluation(folder, tmp_path):
    code = f"""
import sys
from mmcore.cli.main import run
for command in ("impute", "score"):
    sys.argv = ["mmcore", command, {str(folder / "run")!r}, "--out", f"{tmp_path}/{{command}}.csv"]
    try:
        run()
    except SystemExit as end:
        assert not end.code
absent = ("sklearn", "matplotlib", "lightning_fabric", "tensorboard", "mmcore.training")
assert not [name for name in absent if name in sys.modules]
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert all((tmp_path / f"{name}.csv").is_file() for name in ("impute", "score"))
