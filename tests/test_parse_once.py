"""Each command parses each input file once and loads the model once."""

from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.csv
import pytest
import yaml
from typer.testing import CliRunner

from mmcore.cli.app import app
from mmcore.model import Model

ROWS = 40
TRAINING = {"steps": 2, "precision": "32-true", "accelerator": "cpu", "validation": None}


def write(folder, name, rows, **columns):
    random = np.random.default_rng(rows.start)
    frame = pd.DataFrame(random.normal(size=(len(rows), 3)), columns=list("xyz"))
    frame.insert(0, "id", [f"p{row:02d}" for row in rows])
    frame.assign(**columns).to_csv(folder / f"{name}.csv", index=False)


def patients(rows):
    return [f"{row // 2:03d}" for row in rows]


def write_labels(folder, name, rows):
    ids = [f"p{row:02d}" for row in rows]
    labels = ["1" if row % 2 else "0" for row in rows]
    frame = pd.DataFrame({"id": ids, "subtype": labels, "patient": patients(rows)})
    frame.to_csv(folder / f"{name}.csv", index=False)


def shared_file(folder):
    """Write a study whose modalities, labels and groups are in one file, and one more modality."""
    rows = range(ROWS)
    write(folder, "all", rows, kind=["1", "0"] * (ROWS // 2), patient=patients(rows))
    write(folder, "b", rows)
    return {
        "modalities": {
            "a": {"kind": "table", "file": "all.csv", "columns": ["x", "y"]},
            "c": {"kind": "table", "file": "all.csv", "columns": "z"},
            "b": {"kind": "table", "file": "b.csv"},
        },
        "labels": {"file": "all.csv", "column": "kind"},
        "split": {"test": 0.25, "by": "patient", "stratify": "kind"},
    }


def own_test_files(folder):
    """Write a study with test files and test labels of their own, and groups in several files."""
    train, test = range(ROWS - 10), range(ROWS - 10, ROWS)
    for suffix, rows in {"": train, "_test": test}.items():
        write(folder, f"a{suffix}", rows, patient=patients(rows))
        write(folder, f"b{suffix}", rows)
        write_labels(folder, f"labels{suffix}", rows)
    files = {name: f"{name}_test.csv" for name in ("a", "b", "labels")}
    return {
        "modalities": {name: {"kind": "table", "file": f"{name}.csv"} for name in ("a", "b")},
        "labels": {"file": "labels.csv", "column": "subtype"},
        "split": {"test": files, "by": "patient"},
    }


@pytest.fixture(params=[shared_file, own_test_files], ids=lambda write: write.__name__)
def study(request, tmp_path, monkeypatch):
    """The file of a study."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("MMCORE_DATA", raising=False)
    document = request.param(tmp_path) | {"training": TRAINING}
    (tmp_path / "study.yaml").write_text(yaml.safe_dump(document))
    return tmp_path / "study.yaml"


@pytest.fixture
def parsed(monkeypatch):
    """The number of times that each file is parsed; its first line alone does not count."""
    counts, read_csv = Counter(), pyarrow.csv.read_csv

    def counting(path, *options):
        counts[Path(path).name] += 1
        return read_csv(path, *options)

    monkeypatch.setattr(pyarrow.csv, "read_csv", counting)
    return counts


@pytest.fixture
def loaded(monkeypatch):
    """The folders of the models that are loaded."""
    folders, load = [], Model.from_pretrained.__func__

    def counting(cls, folder, **options):
        folders.append(Path(folder))
        return load(cls, folder, **options)

    monkeypatch.setattr(Model, "from_pretrained", classmethod(counting))
    return folders


def run(*arguments):
    result = CliRunner().invoke(app, list(map(str, arguments)))
    if result.exception is not None:
        raise result.exception


def test_each_command_parses_each_file_once_and_loads_one_model(study, parsed, loaded):
    folder, every = study.parent, {path.name: 1 for path in study.parent.glob("*.csv")}
    run("data", "check", study)
    assert (parsed, loaded) == (every, [])

    parsed.clear()
    run("train", "--config", study, "--out", folder / "run")
    assert (parsed, loaded) == (every, [])

    commands = {"impute": ["--samples", 19], "embed": [], "score": ["--samples", 2]}
    for command, options in commands.items():
        parsed.clear()
        loaded.clear()
        run(command, folder / "run", "--out", folder / f"{command}.tsv", *options)
        assert parsed == every, command
        assert loaded == [folder / "run" / "model"], command


def test_score_of_new_records_parses_each_file_once_and_loads_one_model(study, parsed, loaded):
    folder, every = study.parent, {path.name: 1 for path in study.parent.glob("*.csv")}
    run("train", "--config", study, "--out", folder / "run")
    (folder / "new").mkdir()
    write(folder / "new", "new", range(100, 110))
    records = {"modalities": {"b": {"kind": "table", "file": "new.csv"}}}
    (folder / "new" / "new.yaml").write_text(yaml.safe_dump(records))
    parsed.clear()
    run("score", folder / "run", "--data", folder / "new" / "new.yaml", "--samples", 2)
    assert parsed == every | {"new.csv": 1}  # its percentiles are among the training records
    assert loaded == [folder / "run" / "model"]
