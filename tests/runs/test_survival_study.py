"""A study of survival, from files to the report, with the data that lifelines includes."""

import io

import numpy as np
import pytest
import yaml
from lifelines.datasets import load_gbsg2

from mmcore.config import EvaluationSettings
from mmcore.data.tables import fit_study
from mmcore.plugins import Catalogue
from mmcore.runs.evaluation.evaluate import evaluate
from mmcore.runs.folder.files import RunFolder, read_config_or_study
from mmcore.runs.training.job import run
from mmcore.terminal.printing import Console

pytestmark = pytest.mark.slow

METRICS = ("overview", "variance", "attributions", "covariates", "survival")


@pytest.fixture
def study(tmp_path, monkeypatch):
    """The German Breast Cancer Study Group 2: 686 patients, of whom 299 had a recurrence or died."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("MMCORE_DATA", raising=False)
    frame = load_gbsg2()
    frame.insert(0, "patient", [f"p{row:03d}" for row in range(len(frame))])
    tumor = frame[["patient", "tsize", "tgrade", "pnodes"]]
    tumor.to_csv(tmp_path / "tumor.csv", index=False)
    receptors = frame[["patient", "progrec", "estrec"]].iloc[np.arange(len(frame)) % 5 > 0]
    receptors.to_csv(tmp_path / "receptors.csv", index=False)
    clinical = frame[["patient", "age", "menostat", "horTh", "time", "cens"]]
    clinical.to_csv(tmp_path / "clinical.csv", index=False)
    document = {
        "id": "patient",
        "modalities": {n: {"kind": "table", "file": f"{n}.csv"} for n in ("tumor", "receptors")},
        "covariates": {"file": "clinical.csv", "columns": ["age", "menostat", "horTh"]},
        "survival": {"time": "time", "event": "cens"},
        "split": {"test": 0.3},
        "training": {"steps": 600, "precision": "32-true", "accelerator": "cpu"},
    }
    (tmp_path / "study.yaml").write_text(yaml.safe_dump(document))
    return tmp_path / "study.yaml"


def test_a_survival_study_runs_from_files_to_the_report(study):
    console, catalogue = Console(file=io.StringIO(), width=200), Catalogue.discover()
    planned = fit_study(read_config_or_study(study), study.parent, catalogue)
    trained = run(
        planned.config, RunFolder(study.parent / "run"), catalogue=catalogue, console=console
    )
    record = evaluate(trained.folder, EvaluationSettings(), METRICS, console=console)
    tables = {table.name: table for own in record.metrics.values() for table in own.tables}

    # The size of the tumor and the number of nodes are known to predict the recurrence.
    concordance, low, *_ = tables["survival"].rows["(all available)"]
    assert concordance > 0.6
    assert low > 0.5
    high, usual = (tables["risk groups"].rows[f"{name} risk"] for name in ("high", "low"))
    assert usual[1] is None or high[1] < usual[1]

    assert list(tables["data overview"].rows) == ["receptors+tumor", "tumor"]
    assert [c.name for c in tables["covariates"].columns] == ["age", "menostat", "horTh"]
    assert not any("age" in row for row in tables["top features"].rows)
    page = (trained.folder / "report.html").read_text()
    for words in (
        "Survival of held-out samples",
        "Log-rank test",
        "Which samples have which modalities",
    ):
        assert words in page
    for name in ("overview", "variance", "top_features", "covariates", "survival"):
        assert (trained.folder / "figures" / f"{name}.png").is_file()
