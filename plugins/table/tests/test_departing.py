"""Numbers of new records in other units than those of the training records are reported."""

import numpy as np
import pandas as pd
import pytest
import torch
from mmcore_table.reader import TableReader
from mmcore_table.settings import TableSettings
from scipy.sparse import csr_array

from mmcore.data.tables import FrameTable, Records, fetched
from mmcore.data.tables.formats.matrix import MatrixTable
from mmcore.errors import MmcoreError

ROWS = 60


def records(frame):
    ids = pd.Index([f"p{n}" for n in range(len(frame))])
    return Records("lab", ids, tuple(frame.columns), FrameTable(frame), source="a.csv")


@pytest.fixture(scope="module")
def frame():
    random = np.random.default_rng(0)
    return pd.DataFrame(
        {
            "protein": random.normal(24, 2, ROWS),
            "other": random.normal(5, 1, ROWS),
            "metabolite": np.exp(random.normal(3, 1, ROWS)),
            "cells": random.negative_binomial(5, 0.02, ROWS).astype(float),
        }
    )


@pytest.fixture(scope="module")
def reader(frame):
    settings = TableSettings(types={"metabolite": "positive", "cells": "count"})
    return TableReader(TableSettings.model_validate(TableReader(settings).fit(records(frame))))


def notes(reader, frame):
    return [str(note) for note in reader.read(records(frame)).notes]


def test_the_training_records_and_records_like_them_have_no_note(reader, frame):
    assert notes(reader, frame) == []
    assert notes(reader, frame.iloc[:1]) == []
    some = frame.sample(frac=0.3, random_state=1) * 1.02
    assert notes(reader, some.assign(cells=some["cells"].round())) == []


@pytest.mark.parametrize("column", ["protein", "metabolite", "cells"])
@pytest.mark.parametrize("rows", [1, 3, ROWS])
def test_a_column_in_another_unit_is_reported(reader, frame, column, rows):
    [note] = notes(reader, frame.assign(**{column: frame[column] * 1e7}).iloc[:rows])
    assert note == (
        "the numbers of 1 of 4 columns are far from those of the training records:"
        f" '{column}'; if they have another unit, or are logarithms, convert them"
    )


def test_another_decimal_mark_is_named(reader, frame):
    other = frame.assign(protein=frame["protein"].astype(str).str.replace(".", ","))
    with pytest.raises(
        MmcoreError, match=r"the decimal mark of the column is '\.': .* cells with ','"
    ):
        reader.read(records(other))
    with pytest.raises(MmcoreError, match=r"as categorical$"):
        reader.read(records(frame.assign(protein="high")))


def test_a_logarithm_is_reported(reader, frame):
    [note] = notes(reader, frame.assign(protein=np.log(frame["protein"])))
    assert ": 'protein'; if they have another unit" in note


def test_one_outlier_is_no_other_unit_of_the_column(reader, frame):
    one = frame.copy()
    one.loc[0, "protein"] = 24000
    [note] = notes(reader, one)
    assert note.startswith("1 of 60 cells of column 'protein' are over 100 standard deviations")


@pytest.mark.parametrize("cell", [-1, 3.5])
def test_impossible_counts_are_missing_and_reported(reader, frame, cell):
    negative = frame.copy()
    negative.loc[:1, "cells"] = cell
    assert reader.read(records(negative)).values[:3, 3].isnan().tolist() == [True, True, False]
    assert notes(reader, negative) == [
        "2 of 60 cells of column 'cells', which has counts, are negative or no whole numbers; they count as"
        " missing"
    ]


def test_a_sparse_matrix_has_the_notes_of_a_dense_one():
    random = np.random.default_rng(0)
    dense = random.poisson(0.7, (ROWS, 6)).astype(np.float32)

    def both(cells):
        names = tuple(f"g{n}" for n in range(6))
        ids = pd.Index([f"p{n}" for n in range(len(cells))])
        table = MatrixTable(csr_array(cells), names, pd.DataFrame(index=ids), uniform=True)
        sparse = Records("rna", ids, names, table, source="a.mtx")
        return sparse, Records("rna", ids, names, FrameTable(pd.DataFrame(cells, columns=names)))

    trained, plain = both(dense)
    reader = TableReader(TableSettings.model_validate(TableReader(TableSettings()).fit(trained)))
    assert reader.read(trained).notes == reader.read(plain).notes == ()
    for cells in (
        dense * 1000 + 1000 * (dense == 0),
        dense + 90 * (np.arange(6) == 2),
        dense - 0.5 * (dense == 1),
        dense - 2.0 * (dense == 1) * (np.arange(6) == 2),
    ):
        one, other = (reader.read(own) for own in both(cells))
        assert one.notes == other.notes != ()
        lost = fetched(other.values, torch.arange(ROWS)).isnan()
        assert fetched(one.values, torch.arange(ROWS)).isnan().equal(lost)


def test_one_note_has_the_counts_of_many_columns():
    random = np.random.default_rng(0)
    frame = pd.DataFrame(random.poisson(9, (ROWS, 6)), columns=[f"g{n}" for n in range(6)])
    fitted = TableReader(TableSettings(types={"*": "count"})).fit(records(frame))
    reader = TableReader(TableSettings.model_validate(fitted))
    assert notes(reader, frame + 0.5) == [
        "360 of 360 cells of counts are negative or no whole numbers in 6 columns, such as 'g0', 'g1', 'g2';"
        " they count as missing"
    ]


def test_a_table_in_a_file_has_the_same_notes_whenever_it_is_read(
    reader, frame, tmp_path, monkeypatch
):
    other = frame.assign(protein=frame["protein"] * 1e7, cells=frame["cells"] + 0.5)
    other.loc[0, "other"] = 1e6
    in_memory = notes(reader, other)
    assert len(in_memory) == 3
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr("mmcore_table.reader.IN_MEMORY", 0)
    assert notes(reader, other) == in_memory
    assert notes(reader, other) == in_memory
    for counts in (tmp_path / "mmcore" / "arrays").glob("*.npy"):
        if np.load(counts).dtype == np.float64:
            counts.unlink()
    assert notes(reader, other) == in_memory


def words(*cells, training=("no", "yes", "Köln")):
    frame = pd.DataFrame({"v": list(training) * (ROWS // len(training))})
    fitted = TableReader(TableSettings(types={"v": "categorical"})).fit(records(frame))
    reading = TableReader(TableSettings.model_validate(fitted)).read(
        records(pd.DataFrame({"v": cells}))
    )
    return reading.values[:, 0].tolist(), [str(note) for note in reading.notes]


def test_categories_that_are_spelled_otherwise_are_the_same_and_counted():
    levels = ["Köln", "no", "yes"]
    cells = ["YES", "No ", "Ko\N{COMBINING DIAERESIS}ln", "yes"]
    values, (note,) = words(*cells)
    assert values == [levels.index(word) for word in ("yes", "no", "Köln", "yes")]
    assert note.startswith(
        "3 of 4 cells of column 'v' differ from a category of the training records by"
    )
    values, notes = words("A", "b", "B", training=("a", "b", "B"))
    assert (values[0], notes[0][:6]) == (1, "1 of 3")
    assert len({*values}) == 3


def test_a_word_that_looks_like_two_categories_is_none_of_them():
    values, (note,) = words("yES", training=("yes", "YES", "no"))
    assert np.isnan(values).all()
    assert "have other values than the training records" in note


def test_another_value_of_a_constant_is_named(reader, frame):
    constant = frame.assign(protein=3.5)
    fitted = TableReader(TableSettings(types={"cells": "count"})).fit(records(constant))
    own = TableReader(TableSettings.model_validate(fitted))
    assert notes(own, constant) == []
    other = constant.copy()
    other.loc[:1, "protein"] = 4
    assert notes(own, other) == [
        "2 of 60 cells of column 'protein' are not 3.5, its one value in the training records, so that"
        " nothing is known of others"
    ]
