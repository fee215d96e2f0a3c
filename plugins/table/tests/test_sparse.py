"""Sparse matrices: equal to their dense form, never dense as a whole, and counts where they are counts."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import torch
from mmcore_table.moments import Moments
from mmcore_table.reader import TableReader
from mmcore_table.settings import TableSettings
from scipy.sparse import csr_array

from mmcore.data.tables import FrameTable, MarkedTable, MissingWords, Records, SparseRows, fetched
from mmcore.data.tables.formats.matrix import MatrixTable
from mmcore.errors import MmcoreError
from mmcore.runs.prediction.cells import Cells

ROWS, COLUMNS = 60, 9
NAMES = [f"g{n}" for n in range(COLUMNS)]
IDS = pd.Index([f"c{n}" for n in range(ROWS)], dtype=object)


def counts(rows=ROWS, columns=COLUMNS, seed=0):
    random = np.random.default_rng(seed)
    return random.poisson(random.gamma(0.4, 1.5, columns), (rows, columns))


def floats():
    """Numbers with fractions, gaps, a column of few values and one far from 0."""
    cells = np.log1p(counts() / 3)
    cells[3:9, 2] = np.nan
    cells[:, 4] = 1.6e9 + np.arange(ROWS) ** 2
    cells[:, 5] = np.where(np.arange(ROWS) % 7, 0, 0.1)
    return cells


def records(cells, uniform=True, missing=(), rows=None):
    table = MarkedTable(
        MatrixTable(cells, NAMES, pd.DataFrame({"": IDS}), uniform),
        MissingWords.of(list(missing)).of_types(),
    )
    own = Records("rna", IDS, tuple(NAMES), table, source="a.h5ad", apart=("",))
    return own if rows is None else own.only(rows)


def fitted(own, **settings):
    actual = TableReader(TableSettings(**settings)).fit(own)
    return TableReader(TableSettings.model_validate(actual))


def kinds(reader):
    return {column.name: column.kind for column in reader._settings.fitted}


@pytest.mark.parametrize("cells", [counts().astype(np.float32), floats()], ids=["counts", "floats"])
@pytest.mark.parametrize("size", [1 << 24, 2 * COLUMNS])
def test_moments_of_a_sparse_matrix_equal_those_of_its_dense_form(cells, size, monkeypatch):
    monkeypatch.setattr("mmcore.data.tables.sparse.AT_ONCE", size)
    dense, sparse = Moments(COLUMNS, levels=False), Moments(COLUMNS, levels=False)
    dense.add(cells.astype(np.float64))
    for chunk in SparseRows(csr_array(cells)).chunks():
        sparse.add_sparse(chunk)
    for name in ("count", "zeros", "low", "high", "whole", "is_constant"):
        assert getattr(dense, name).tolist() == getattr(sparse, name).tolist(), name
    for own, other in zip(dense.centered()[:2], sparse.centered()[:2], strict=True):
        np.testing.assert_allclose(own, other, rtol=1e-6)
    np.testing.assert_allclose(dense.logged(), sparse.logged(), rtol=1e-9, atol=1e-6)


@pytest.mark.parametrize("cells", [counts(), floats()], ids=["counts", "floats"])
def test_a_sparse_matrix_is_read_as_its_dense_form_and_stays_sparse(cells):
    keep = np.arange(ROWS) % 3 > 0
    sparse, dense = (records(own, rows=keep) for own in (csr_array(cells), cells))
    reader = fitted(sparse)
    assert fitted(dense)._settings == reader._settings
    actual, wanted = reader.read(sparse).values, reader.read(dense).values
    assert isinstance(actual, SparseRows)
    assert isinstance(wanted, torch.Tensor)
    places = torch.tensor([5, 0, len(sparse) - 1, 5])
    torch.testing.assert_close(
        fetched(actual, places), wanted[places], rtol=0, atol=0, equal_nan=True
    )
    none = records(csr_array(cells), rows=np.zeros(ROWS, dtype=bool))
    assert fetched(reader.read(none).values, places[:2]).shape == (2, COLUMNS)
    assert reader.findings(sparse) == reader.findings(dense)
    assert reader.describe(sparse) == reader.describe(dense)
    assert reader.examples(sparse)[1:4] == reader.examples(dense)[1:4]


def test_nothing_is_made_dense_as_a_whole(monkeypatch):
    whole = csr_array(counts())
    dense = csr_array.toarray

    def toarray(self, *args, **options):
        assert self.shape[0] < ROWS or self.shape[1] < COLUMNS, "the whole matrix is made dense"
        return dense(self, *args, **options)

    monkeypatch.setattr(csr_array, "toarray", toarray)
    monkeypatch.setattr("mmcore_table.findings.FIRST", 2)
    own = records(whole, missing=["5"])
    reader = fitted(own)
    values = reader.read(own).values
    assert all([reader.findings(own), reader.describe(own), reader.examples(own)])
    assert own.table.counts(own.names)
    assert len(fetched(values, torch.arange(4))) == 4


def test_numbers_have_the_smallest_type_that_holds_them():
    types = {
        "uint8": [0, 255],
        "int8": [0, -1],
        "uint16": [0, 256],
        "float32": [0, 0.5],
        "float64": [0, 0.1],
    }
    row = pd.DataFrame(index=range(1))
    for kind, cells in types.items():
        table = MatrixTable(csr_array(np.array([cells], dtype=np.float64)), ["a", "b"], row)
        assert table.sparse(["a", "b"]).dtype == kind
    twice = csr_array((np.array([200, 100]), np.array([1, 1]), np.array([0, 2])), shape=(1, 2))
    assert MatrixTable(twice, ["a", "b"], row).sparse(["b"]).toarray().tolist() == [[300]]


@pytest.mark.parametrize("word", ["2", "0"])
def test_a_declared_word_is_missing_in_a_sparse_matrix_as_in_a_dense_one(word):
    sparse, dense = (records(own, missing=[word]) for own in (csr_array(counts()), counts()))
    reader = fitted(sparse)
    assert reader._settings == fitted(dense)._settings
    actual, wanted = (reader.read(own).values for own in (sparse, dense))
    every = torch.arange(ROWS)
    torch.testing.assert_close(fetched(actual, every), wanted, rtol=0, atol=0, equal_nan=True)
    assert bool(wanted.isnan().any())
    assert sparse.table.counts(NAMES) == dense.table.counts(NAMES)


def test_a_number_too_large_for_float32_is_named_with_its_cell():
    cells = counts().astype(np.float64)
    cells[7, 3] = 1e30
    with pytest.raises(MmcoreError, match=r"has 1e\+30 in column 'g3', row 'c7'"):
        fitted(records(csr_array(cells)))


def test_a_matrix_of_whole_numbers_has_counts_and_no_levels():
    few = np.minimum(counts(), 2)
    few[:, 0], few[0, :3] = 0, 1
    for cells in (few, csr_array(few)):
        reader = fitted(records(cells))
        assert set(kinds(reader).values()) <= {"count", "zero-inflated"}
        assert "so that all are counts" in reader.findings(records(cells))[0]
        later = few.copy()
        later[1, 1], later[2, 2] = 17, 5  # counts that no training record has
        later = records(csr_array(later) if cells is not few else later)
        values = reader.read(later).values
        assert fetched(values, torch.arange(3))[[1, 2], [1, 2]].tolist() == [17, 5]
        given = fitted(records(cells), types={"*": "real", "g3": "ordered"})
        assert kinds(given) == dict.fromkeys(NAMES, "real") | {"g3": "ordered"}
    with pytest.raises(MmcoreError, match="has no column 'x\\*'"):
        fitted(records(few), types={"x*": "real"})


def test_a_matrix_with_fractions_has_no_levels():
    assert set(kinds(fitted(records(csr_array(floats())))).values()) <= {"real", "student"}


def frame_records(cells):
    frame = pd.DataFrame(cells, columns=[f"x{n}" for n in range(cells.shape[1])])
    ids = pd.Index([f"p{n}" for n in range(len(frame))])
    return Records("lab", ids, tuple(frame.columns), FrameTable(frame), source="a.csv")


def levels_of(random, columns, most):
    return random.integers(0, most + 1, (200, columns))


def test_few_values_beside_counts_are_counts_and_those_of_a_questionnaire_are_levels():
    random = np.random.default_rng(1)
    genes = counts(200, 40, seed=2)
    reader = fitted(frame_records(genes))
    assert set(kinds(reader).values()) <= {"count", "zero-inflated"}
    assert "those of few values as well" in reader.findings(frame_records(genes))[0]
    assert kinds(fitted(frame_records(genes), types={"x1": "ordered"}))["x1"] == "ordered"
    tables = {
        "questionnaire": np.hstack([levels_of(random, 25, 4), levels_of(random, 5, 1)]),
        "questionnaires": np.hstack([levels_of(random, 6, most) for most in range(1, 6)]),
        "genotypes": levels_of(random, 50, 2),
        "a few genes": genes[:, :15],
        "half measurements": np.hstack([genes, random.normal(size=(200, 40))]),
    }
    for name, cells in tables.items():
        actual = fitted(frame_records(cells))
        assert actual._settings.counted == "", name
        assert "ordered" in kinds(actual).values(), name


def test_observed_cells_of_a_sparse_matrix_are_copied_in_full_precision():
    own = records(csr_array(floats()))
    reader = fitted(own)
    samples = SimpleNamespace(records={"rna": own})
    split = SimpleNamespace(samples=samples, rows=torch.arange(len(own.ids)), ids=own.ids)
    ids = pd.Index(["c7", "absent", "c3"], dtype=object)
    chunk = SimpleNamespace(
        ids=ids,
        encoding=SimpleNamespace(values={}),
        present={"rna": np.array([True, False, True])},
    )
    observed = Cells(split, "rna", reader).of(chunk)
    for place, name in enumerate(NAMES):
        cells, seen = observed.among(name, np.full(3, -5.0))
        wanted = [floats()[7, place], -5.0, floats()[3, place]]
        assert cells.tolist() == [-5.0 if np.isnan(cell) else cell for cell in wanted]
        assert seen.tolist() == [cell != -5.0 and not np.isnan(cell) for cell in wanted]
