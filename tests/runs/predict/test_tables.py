"""Tables with missing cells, numbers and categories: what is observed stays, what is not is filled."""

import numpy as np
import pandas as pd
import pytest
import yaml

from mmcore.config.study import StudyConfig
from mmcore.data.tables import fit_study
from mmcore.plugins import Catalogue
from mmcore.runs.prediction import ImputeSettings, embed, impute

from .conftest import finish

ROWS = 30


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("MMCORE_DATA", raising=False)
    random = np.random.default_rng(0)
    frame = pd.DataFrame(random.normal(size=(ROWS, 2)), columns=["x", "y"])
    frame["n"] = random.poisson(30, ROWS)
    frame["sex"] = ["f", "m"] * (ROWS // 2)
    frame["code"] = np.arange(ROWS) % 2
    frame["id"] = [f"p{n:02d}" for n in range(ROWS)]
    frame.loc[3, ["y", "sex"]] = np.nan
    frame.loc[4, ["n", "code"]] = np.nan
    frame.to_csv(tmp_path / "a.csv", index=False)
    types = {"types": {"code": "binary", "n": "count"}}
    study = StudyConfig.model_validate(
        {"modalities": {"a": {"kind": "table", "file": "a.csv", **types}}}
    )
    catalogue = Catalogue.discover()
    return finish(fit_study(study, tmp_path, catalogue).config, tmp_path / "run", catalogue)


def new(folder, frame):
    frame.to_csv(folder / "new.csv", index=False)
    study = {"modalities": {"a": {"kind": "table", "file": "new.csv"}}}
    (folder / "new.yaml").write_text(yaml.safe_dump(study))
    return folder / "new.yaml"


def test_cells_are_filled_and_the_others_stay(run):
    actual = impute(run).set_index("id").sort_index()
    own = pd.read_csv(run.parent / "a.csv", float_precision="round_trip").set_index("id")
    for column in ("x", "y", "n"):
        seen = own[column].notna()
        assert (actual[f"{column}__observed"] == seen).all()
        assert (actual.loc[seen, column] == own.loc[seen, column]).all()
        hole = actual.loc[~seen]
        assert (hole[f"{column}__low"] <= hole[f"{column}__high"]).all()
        assert actual.loc[seen, f"{column}__low"].isna().all()
    assert (actual["sex"].drop("p03") == own["sex"].drop("p03")).all()
    assert actual.loc["p03", "sex"] in ("f", "m")
    assert 0.5 <= actual.loc["p03", "sex__probability"] <= 1
    assert "sex__low" not in actual
    # a category is written as in the file, where the hole of another row makes 0 a 0.0
    texts = pd.read_csv(run.parent / "a.csv", dtype=str).set_index("id")["code"]
    assert (actual["code"] == texts).drop("p04").all()
    assert actual.loc["p04", "code"] in ("0.0", "1.0")


def test_an_unknown_category_is_no_hole(run):
    frame = pd.DataFrame(
        {"id": ["q1", "q2"], "x": [0.1, np.nan], "y": 0.0, "n": 3, "sex": ["other", "f"], "code": 1}
    )
    actual = impute(run, new(run.parent, frame)).set_index("id")
    assert actual.loc["q1", "sex"] == "other"
    assert actual["sex__observed"].all()
    assert actual["x__observed"].tolist() == [True, False]
    assert actual["code"].tolist() == ["1", "1"]


def test_a_record_of_unknown_categories_alone_has_nothing(run):
    hole = {"x": np.nan, "y": np.nan, "n": np.nan, "code": np.nan}
    frame = pd.DataFrame([{"id": "q1", **hole, "sex": "other"}, {"id": "q2", **hole, "sex": "f"}])
    assert embed(run, new(run.parent, frame))["id"].tolist() == ["q2"]


def test_draws_are_in_the_words_of_the_file(run):
    actual = impute(run, settings=ImputeSettings(draws=20)).set_index("id")
    assert set(actual.loc["p03", "sex"]) == {"f", "m"}
    whole = actual.loc["p04", "n"]
    assert (whole == whole.round()).all()
    assert whole.nunique() > 1
