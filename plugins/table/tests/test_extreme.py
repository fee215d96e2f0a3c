"""Columns with extreme values train, or `mmcore data check` and a training refuse them by name."""

import math
import re

import numpy as np
import pandas as pd
import pytest

from mmcore.config.study import StudyConfig
from mmcore.data.tables import fit_study
from mmcore.data.tables.check import check_study
from mmcore.errors import MmcoreError, TrainingStopped
from mmcore.plugins import Catalogue
from mmcore.runs.evaluation.evaluate import evaluate
from mmcore.runs.folder.files import RunFolder
from mmcore.runs.prediction import embed, impute, score
from mmcore.runs.training.job import run
from mmcore.training.step import TrainStep

ROWS = 40
RANDOM = np.random.default_rng(0)
UNIT = RANDOM.normal(size=ROWS)

TRAINED = {
    "constant": np.full(ROWS, 7.25),
    "zeros": np.zeros(ROWS),
    "counts": np.round(10 ** RANDOM.uniform(0, 10, ROWS)),
    "concentration": 1e-9 * (1 + 0.3 * UNIT),
    "large": 1e14 * (1 + UNIT),
    "outlier": np.where(np.arange(ROWS) == 3, 1e12, UNIT),
    "far_from_zero": 1e9 + UNIT,
}
"""Every column trains together with all others."""


def study(folder, columns):
    ids = pd.Index([f"p{n:02d}" for n in range(ROWS)], name="id")
    pd.DataFrame({"b": UNIT}, ids).to_csv(folder / "other.csv")
    pd.DataFrame(columns, ids).to_csv(folder / "own.csv")
    return StudyConfig.model_validate(
        {
            "modalities": {n: {"kind": "table", "file": f"{n}.csv"} for n in ("own", "other")},
            "training": {
                "steps": 60,
                "trackers": [],
                "accelerator": "cpu",
                "precision": "32-true",
                "validation": {"every": 20},
            },
        }
    )


def test_columns_with_extreme_values_train(tmp_path):
    config = study(tmp_path, TRAINED)
    catalogue = Catalogue.discover()
    report = check_study(config, tmp_path, catalogue)
    assert any("constant" in remark for remark in report.remarks)
    fit = fit_study(config, tmp_path, catalogue)
    summary = run(fit.config, RunFolder(tmp_path / "run"), catalogue=catalogue).summary
    assert "skipped_steps" not in summary["last_metrics"]
    assert all(math.isfinite(value) for value in summary["last_metrics"].values())


@pytest.mark.parametrize("values", [1e30 * UNIT, np.where(np.arange(ROWS) == 3, -1e30, UNIT)])
def test_values_that_overflow_are_refused_by_name(tmp_path, values):
    config = study(tmp_path, {"fine": UNIT, "flux": values})
    for use in (check_study, fit_study):
        with pytest.raises(MmcoreError, match=r"column 'flux', row 'p\d\d'.* at most 1e\+15"):
            use(config, tmp_path, Catalogue.discover())


def test_a_spread_too_small_for_float32_is_refused_by_name(tmp_path):
    config = study(tmp_path, {"fine": UNIT, "flux": 1e-30 * UNIT})
    for use in (check_study, fit_study):
        with pytest.raises(MmcoreError, match=r"column 'flux'.*standard deviation of .*e-31"):
            use(config, tmp_path, Catalogue.discover())


def test_a_run_that_stops_names_the_column_and_answers_from_its_best_weights(tmp_path, monkeypatch):
    config = study(tmp_path, {"fine": UNIT, "flux": 2 * UNIT})
    catalogue, batch_of = Catalogue.discover(), TrainStep.batch
    fit = fit_study(config, tmp_path, catalogue)
    training = fit.config.training.model_copy(update={"on_nonfinite": "stop"})
    chosen = fit.config.model_copy(update={"training": training})

    def planted(self, source, order, number):
        batch = batch_of(self, source, order, number)
        if number == 30:
            batch.values["own"][0, 1] = 1e25  # its square is beyond float32
        return batch

    with monkeypatch.context() as patch:
        patch.setattr(TrainStep, "batch", planted)
        with pytest.raises(TrainingStopped) as stop:
            run(chosen, RunFolder(tmp_path / "run"), catalogue=catalogue)
    assert re.search(r"step 31 .*log-likelihood of 'own' in 1 of \d+ rows.*'flux'", str(stop.value))
    assert "the weights of step 20" in str(stop.value)
    for use in (impute, embed, score):
        assert len(use(tmp_path / "run", catalogue=catalogue))
    record = evaluate(tmp_path / "run", metrics=["imputation"], catalogue=catalogue)
    assert record.metrics["imputation"].tables
