"""Answers as files: whole or not at all."""

import numpy as np
import pandas as pd
import pytest

from mmcore.data.tables.formats.formulas import escaped, text_columns, with_texts
from mmcore.errors import MmcoreError
from mmcore.runs.prediction import write_frames
from mmcore.runs.prediction.imputation import _emptied

FRAMES = [
    pd.DataFrame({"id": ["a"], "x": [0.1 + 0.2], "word": [None], "seen": [True], "draw": [0]}),
    pd.DataFrame({"id": ["b"], "x": [float("nan")], "word": ["f"], "seen": [False], "draw": [1]}),
]


def test_numbers_of_many_columns_are_written_without_a_walk_over_the_columns(monkeypatch):
    frame = pd.DataFrame({"text": ["=a", "b"], **{f"c{n}": [1.5, 2.5] for n in range(50)}})
    assert list(text_columns(frame)) == ["text"]
    assert with_texts(frame, escaped)["text"].tolist() == ["'=a", "b"]
    monkeypatch.setattr(pd.Series, "mask", None)  # 1 ms for each column
    emptied = _emptied(np.array([1.5, 2.5]), np.array([True, False]))
    np.testing.assert_array_equal(emptied, [np.nan, 2.5])


@pytest.mark.parametrize("suffix", ["parquet", "csv", "tsv"])
def test_what_is_written_is_read_again(tmp_path, suffix):
    path = tmp_path / f"out.{suffix}"
    assert write_frames(path, FRAMES) == 2
    if suffix == "parquet":
        actual = pd.read_parquet(path)
    else:
        actual = pd.read_csv(
            path, sep="\t" if suffix == "tsv" else ",", float_precision="round_trip"
        )
    assert actual["x"].tolist()[0] == 0.1 + 0.2
    assert actual["id"].tolist() == ["a", "b"]
    assert actual["word"].isna().tolist() == [True, False]
    assert actual["seen"].tolist() == [True, False]
    assert [file.name for file in tmp_path.iterdir()] == [path.name]


@pytest.mark.parametrize("suffix", ["parquet", "csv"])
def test_an_answer_that_fails_leaves_nothing(tmp_path, suffix):
    def broken():
        yield FRAMES[0]
        raise MmcoreError("stop")

    with pytest.raises(MmcoreError, match="stop"):
        write_frames(tmp_path / f"out.{suffix}", broken())
    assert list(tmp_path.iterdir()) == []


def test_places_that_cannot_be_written_are_one_sentence(tmp_path):
    with pytest.raises(
        MmcoreError, match=r"has the suffix '\.fcs', expected one of \.arrow, \.csv, "
    ):
        write_frames(tmp_path / "out.fcs", FRAMES)
    with pytest.raises(MmcoreError, match=r"folder .* does not exist; create it first"):
        write_frames(tmp_path / "none" / "out.csv", FRAMES)
    (tmp_path / "out.csv").write_text("precious")
    with pytest.raises(MmcoreError, match="already exists; delete it, or choose another"):
        write_frames(tmp_path / "out.csv", FRAMES)
    assert (tmp_path / "out.csv").read_text() == "precious"
