import numpy as np
import pandas as pd
import pytest

from mmcore.config.study import StudyConfig

ROWS = 60


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A study of two tables with holes: `b` lacks ten ids, and has one that `a` lacks."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("MMCORE_DATA", raising=False)
    random = np.random.default_rng(0)
    shared = random.normal(size=(ROWS, 1))
    ids = [f"p{n:02d}" for n in range(ROWS)]
    a = pd.DataFrame(100 * shared + random.normal(size=(ROWS, 3)), columns=list("xyz"))
    a.loc[3, "y"] = np.nan
    b = pd.DataFrame({"n": random.negative_binomial(2, 0.2, ROWS), "sex": ["f", "m"] * 30})
    a.assign(id=ids).iloc[:-1].to_csv(tmp_path / "a.csv", index=False)
    b.assign(id=ids).iloc[10:].to_csv(tmp_path / "b.csv", index=False)
    label = pd.DataFrame({"id": ids, "group": np.where(shared[:, 0] > 0, "high", "low")})
    label.iloc[5:].to_csv(tmp_path / "labels.csv", index=False)
    return tmp_path


@pytest.fixture
def study():
    """Return a function that makes the study of `folder`, with changes."""

    def build(**changes):
        document = {
            "modalities": {
                "a": {"kind": "table", "file": "a.csv"},
                "b": {"kind": "table", "file": "b.csv"},
            },
            "labels": {"file": "labels.csv", "column": "group"},
            "split": {"test": 0.25, "stratify": "group"},
            "training": {"steps": 10, "precision": "32-true", "accelerator": "cpu"},
        }
        return StudyConfig.model_validate(document | changes)

    return build
