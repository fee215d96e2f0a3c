"""Few patients and many columns: no loss that is not finite, and an end before all is learned by heart."""

import io

import numpy as np
import pandas as pd
import pytest

from mmcore.config.study import StudyConfig
from mmcore.data.tables import fit_study
from mmcore.plugins import Catalogue
from mmcore.runs.folder.files import RunFolder
from mmcore.runs.training.job import run
from mmcore.terminal.printing import Console


@pytest.mark.parametrize("precision", ["32-true", "bf16-mixed"])
def test_150_patients_with_500_columns_of_every_kind_train(tmp_path, monkeypatch, precision):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    random = np.random.default_rng(0)
    cells = pd.DataFrame(random.standard_cauchy((150, 300))).add_prefix("heavy")
    counts = pd.DataFrame(random.poisson(50, (150, 150)) * (random.random((150, 150)) < 0.2))
    levels = pd.DataFrame(random.integers(0, 3, (150, 48))).add_prefix("level")
    constant = pd.DataFrame({"same": np.ones(150), "empty": np.full(150, np.nan)})
    frame = pd.concat([cells, counts.add_prefix("count"), levels, constant], axis=1)
    frame = frame.mask(random.random((150, 500)) < 0.3)
    ids = pd.Series([f"p{n}" for n in range(150)], name="id")
    pd.concat([ids, frame], axis=1).to_csv(tmp_path / "a.csv", index=False)
    study = StudyConfig(
        modalities={"a": {"kind": "table", "file": "a.csv"}},
        training={
            "steps": 60,
            "precision": precision,
            "accelerator": "cpu",
            "log_every": 10,
            "validation": {"every": 10, "patience": 2},
        },
    )
    catalogue = Catalogue.discover()
    planned = fit_study(study, tmp_path, catalogue)
    kinds = {column["kind"] for column in planned.config.model.modalities["a"].settings["fitted"]}
    assert kinds == {"real", "student", "zero-inflated", "ordered"}
    quiet = Console(file=io.StringIO(), width=200)
    result = run(planned.config, RunFolder(tmp_path / "run"), catalogue=catalogue, console=quiet)
    assert np.isfinite(result.summary["last_metrics"]["validation/loss"])
    assert "the lowest loss on the" in quiet.file.getvalue()
    assert "no linear probe: the data has no labels" in quiet.file.getvalue()
    assert result.summary["linear_probe"] == {}
    assert all(p.isfinite().all() for p in result.model.parameters())
