"""Numbers of new records in other units than those of the training records are reported."""

import numpy as np
import pandas as pd
import pytest
from mmcore_table.reader import TableReader
from mmcore_table.settings import TableSettings
from scipy.sparse import csr_array

from mmcore.data.tables import FrameTable, Records
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
    assert notes(reader, frame.sample(frac=0.3, random_state=1) * 1.02) == []


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


def test_negative_counts_are_missing_and_reported(reader, frame):
    negative = frame.copy()
    negative.loc[:1, "cells"] = -1
    assert reader.read(records(negative)).values[:3, 3].isnan().tolist() == [True, True, False]
    assert notes(reader, negative) == [
        "2 of 60 cells of column 'cells', which has counts, are negative; they count as missing"
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
    for cells in (dense * 1000 + 1000 * (dense == 0), dense + 90 * (np.arange(6) == 2)):
        one, other = both(cells)
        assert reader.read(one).notes == reader.read(other).notes != ()
