"""Covariates and survival: read by id, with missing cells, and never a measurement."""

import numpy as np
import pandas as pd
import pytest

from mmcore.config.study import StudyData
from mmcore.data.tables import PathResolver, read_study
from mmcore.errors import MmcoreError

IDS = [f"p{n:02d}" for n in range(20)]


def collected(folder, **changes):
    document = {"base": str(folder), "records": {"a": {"file": "a.csv"}}}
    study = StudyData.model_validate(document | changes)
    return read_study(study, PathResolver(folder, folder), 0)


@pytest.fixture
def folder(tmp_path):
    """A table of measurements with the covariates in it, and clinical data of other ids as well."""
    rows = np.arange(20)
    clinical = pd.DataFrame(
        {"age": 50 + rows / 2, "site": rows % 3, "sex": np.where(rows % 2, "f", "m")}
    ).assign(days=rows * 1.5, died=rows % 2, status=np.where(rows % 2, "dead", "alive"), id=IDS)
    clinical.loc[3, ["age", "sex", "days"]] = [np.nan, np.nan, np.nan]
    clinical.iloc[::-1].to_csv(tmp_path / "clinical.csv", index=False)
    clinical.assign(x=rows, y=-rows).to_csv(tmp_path / "a.csv", index=False)
    return tmp_path


def test_covariates_are_numbers_or_words_and_missing_cells_stay_missing(folder):
    place = {"file": "clinical.csv", "columns": ["age", "sex", "site"], "categories": "site"}
    actual = collected(folder, covariates=place)
    table = actual.annotations.of(pd.Index(["p04", "p03", "unknown"])).covariates
    assert list(table.columns) == ["age", "sex", "site"]
    assert table["age"].tolist()[0] == 52.0
    assert table.isna().to_numpy().tolist() == [[0, 0, 0], [1, 1, 0], [1, 1, 1]]
    assert (table["age"].dtype.kind, table["site"].tolist()[:2]) == ("f", ["1", "0"])
    assert "clinical.csv" in actual.paths.used  # part of the fingerprint of the run


def test_neither_covariates_nor_survival_are_measurements(folder):
    covariates = {"file": "a.csv", "columns": ["age", "site", "sex"]}
    survival = {"time": "days", "event": "died"}
    assert "age" in collected(folder).train["a"].names
    actual = collected(folder, covariates=covariates, survival=survival)
    assert actual.train["a"].names == actual.test["a"].names == ("status", "x", "y")
    other = collected(folder, survival={"file": "a.csv", **survival})
    assert other.train["a"].names == ("age", "site", "sex", "status", "x", "y")


def test_the_check_of_a_study_describes_them(folder):
    place = {"file": "clinical.csv", "columns": ["age", "sex"]}
    actual = collected(folder, covariates=place, survival={"time": "days", "event": "died"})
    wanted = [
        "covariates, which are not modelled: age (numbers, 1 missing), sex (2 categories, 1 missing)",
        "survival, which is not modelled: 19 of 20 records have a time, 9 the event",
    ]
    assert [note for note in actual.notes if "not modelled" in note] == wanted


@pytest.mark.parametrize("event", [{"event": "died"}, {"event": "status", "occurred": "dead"}])
def test_an_event_is_a_number_a_truth_value_or_a_word_that_the_study_names(folder, event):
    actual = collected(folder, survival={"file": "clinical.csv", "time": "days", **event})
    table = actual.annotations.of(pd.Index(["p05", "p04", "p03"])).survival
    assert table["time"].tolist()[:2] == [7.5, 6.0]
    assert table["event"].tolist()[:2] == [1.0, 0.0]
    assert table.loc["p03"].isna().all()


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"survival": {"time": "days", "event": "died"}}, "survival has no 'file'"),
        (
            {"covariates": {"file": "a.csv", "columns": "age", "categories": "sex"}},
            "'sex', which is not",
        ),
    ],
)
def test_a_study_that_names_no_file_or_no_column_is_refused(folder, changes, sentence):
    with pytest.raises(ValueError, match=sentence):
        collected(folder, **changes)


CLINICAL = {"file": "clinical.csv"}


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"covariates": {**CLINICAL, "columns": "ages"}}, "no column 'ages'.*did you mean 'age'"),
        ({"survival": {**CLINICAL, "time": "sex", "event": "died"}}, "the time '[mf]' of id 'p"),
        (
            {"survival": {**CLINICAL, "time": "days", "event": "status"}},
            "'alive|dead', expected 1 or 0",
        ),
        (
            {"survival": {**CLINICAL, "time": "days", "event": "status", "occurred": "ded"}},
            "no cell of column 'status' of 'clinical.csv' is 'ded'",
        ),
        ({"covariates": {**CLINICAL, "columns": "age", "id": "days"}}, "no id of the covariates"),
    ],
)
def test_bad_annotations_are_one_sentence(folder, changes, sentence):
    frame = pd.read_csv(folder / "clinical.csv").assign(days=lambda rows: rows.index + 0.25)
    frame.to_csv(folder / "clinical.csv", index=False)
    with pytest.raises(MmcoreError, match=sentence):
        collected(folder, **changes)


def test_a_negative_time_is_refused_with_its_id(folder):
    frame = pd.read_csv(folder / "clinical.csv").assign(days=-1.5)
    frame.to_csv(folder / "clinical.csv", index=False)
    survival = {**CLINICAL, "time": "days", "event": "died"}
    with pytest.raises(MmcoreError, match=r"the time '-1.5' of id 'p\d\d' in column 'days'"):
        collected(folder, survival=survival)
