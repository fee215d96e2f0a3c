"""Files of other libraries, written by these libraries."""

import json
import sqlite3
import warnings
from contextlib import closing

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from scipy.io import mmwrite
from scipy.sparse import csr_matrix

from mmcore.config.study import RecordsConfig, StudyData
from mmcore.data.fingerprint import Inputs
from mmcore.data.tables import FrameTable, open_table, read_study
from mmcore.data.tables.formats.matrix import MatrixTable
from mmcore.data.tables.paths import PathResolver
from mmcore.data.tables.reading import StudyTables
from mmcore.errors import MmcoreError
from mmcore.plugins import Catalogue
from mmcore.runs.prediction import write_frames

CORE = Catalogue.discover({"MMCORE_PLUGINS": "mmcore"})
IDS = ["007", "8", "b c"]
COUNTS = np.array([[0, 2, 0], [1, 0, 3], [0, 0, 4]])
GENES = ["g1", "g2", "IL-2"]
FRAME = pd.DataFrame(
    {
        "id": IDS,
        "x": [0.1 + 0.2, np.nan, -1e-300],
        "n": [1, -2, 1 << 40],
        "t": ["=1+1", None, "NA"],
        "b": [True, False, True],
    }
)


def opened(path, **options):
    return open_table(path, CORE, options=options)


def cells(table):
    frame = pd.concat(table.table.frames(table.table.names)).astype(object)
    return frame.where(frame.notna(), None).to_dict("list")


WANTED = cells(type("T", (), {"table": FrameTable(FRAME)}))


def to_sqlite(path):
    with closing(sqlite3.connect(path)) as database:
        FRAME.assign(t=FRAME["t"].astype(object)).to_sql("labs", database, index=False)


WRITERS = {
    "a.feather": FRAME.to_feather,
    "a.arrow": lambda p: pa.ipc.new_stream(p, (t := pa.table(FRAME)).schema).write_table(t),
    "a.jsonl": lambda p: FRAME.to_json(p, orient="records", lines=True, double_precision=15),
    "a.xlsx": lambda p: FRAME.replace("=1+1", "'=1+1").to_excel(p, index=False),
    "a.sqlite": to_sqlite,
}


@pytest.mark.parametrize("name", WRITERS)
def test_a_file_of_another_library_is_read_with_its_types(tmp_path, name):
    WRITERS[name](tmp_path / name)
    actual, wanted = cells(opened(tmp_path / name)), dict(WANTED)
    if name == "a.jsonl":  # pandas writes 15 decimals
        wanted["x"] = [0.3, None, -1e-300]
    if name == "a.xlsx":  # openpyxl writes 15 digits for pandas
        wanted["x"] = actual["x"] if np.allclose(actual["x"][::2], WANTED["x"][::2]) else None
        wanted["t"] = ["'=1+1", None, None]  # pandas reads nothing, but writes NA as a text
        wanted["t"][2] = "NA"
    assert actual == wanted
    assert [type(cell) for cell in actual["n"]] == [int, int, int]


@pytest.mark.parametrize("name", ["a.xlsx", "a.feather", "a.jsonl"])
def test_a_file_that_is_written_has_equal_cells_and_no_formulas(tmp_path, name):
    write_frames(tmp_path / name, [FRAME], CORE)
    assert cells(opened(tmp_path / name)) == WANTED


def with_sheets(path):
    with pd.ExcelWriter(path) as writer:
        FRAME.to_excel(writer, sheet_name="labs", index=False)
        FRAME[["id", "n"]].to_excel(writer, sheet_name="2024", index=False)


def test_a_sheet_is_chosen_by_name_and_never_guessed(tmp_path):
    with_sheets(tmp_path / "a.xlsx")
    assert opened(tmp_path / "a.xlsx", sheet="2024").table.names == ("id", "n")
    with pytest.raises(MmcoreError, match=r"several sheets; name one by sheet: NAME.*2024, labs"):
        opened(tmp_path / "a.xlsx")
    with pytest.raises(MmcoreError, match=r"no sheet 'lab', expected .*did you mean 'labs'"):
        opened(tmp_path / "a.xlsx", sheet="lab")
    (tmp_path / "a.csv").write_text("id,x\nA,1\n")
    with pytest.raises(MmcoreError, match=r"read as csv, which has no 'sheet'; formats .*: excel;"):
        opened(tmp_path / "a.csv", sheet="labs")


def test_errors_dates_in_names_and_blank_rows_of_excel(tmp_path):
    from openpyxl import Workbook

    book = Workbook()
    for row in [["id", "x"], ["A", "#DIV/0!"], ["B", 2], [None, None]]:
        book.active.append(row)
    book.active["B2"].data_type = "e"
    book.save(tmp_path / "a.xlsx")
    table = opened(tmp_path / "a.xlsx")
    assert cells(table) == {"id": ["A", "B"], "x": [None, 2]}
    assert table.notes == ("1 cells have the error #DIV/0! and are missing",)
    book.active["B1"] = pd.Timestamp("2024-09-02").to_pydatetime()
    book.save(tmp_path / "a.xlsx")
    with pytest.raises(MmcoreError, match=r"2024-09-02 .* in place of the name of column 2.*SEPT2"):
        opened(tmp_path / "a.xlsx")


def test_a_cell_far_away_that_has_a_format_alone_is_no_cell(tmp_path, monkeypatch):
    from openpyxl import Workbook
    from openpyxl.styles import Font
    from openpyxl.worksheet._read_only import ReadOnlyWorksheet

    book = Workbook()
    for row in [["id", "x"], ["A", 1]]:
        book.active.append(row)
    book.active["XFD40"].font = Font(bold=True)
    book.save(tmp_path / "a.xlsx")
    widths = []
    rows = ReadOnlyWorksheet._get_row
    monkeypatch.setattr(
        ReadOnlyWorksheet,
        "_get_row",
        lambda *a, **k: widths.append(len(row := rows(*a, **k))) or row,
    )
    assert cells(opened(tmp_path / "a.xlsx")) == {"id": ["A"], "x": [1]}
    assert sorted(widths)[:2] == [2, 2]


def test_a_table_that_excel_cannot_hold_is_refused(tmp_path):
    for frame in (pd.DataFrame({"x": ["a" * 32_768]}), pd.DataFrame(np.ones((1, 16_385)))):
        with pytest.raises(MmcoreError, match="an Excel sheet has at most"):
            write_frames(tmp_path / "a.xlsx", [frame], CORE)
    with pytest.raises(MmcoreError, match="character that Excel files cannot hold"):
        write_frames(tmp_path / "a.xlsx", [pd.DataFrame({"x": ["\x01"]})], CORE)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("[1]", "no object in line 2"),
        ("{'x': 1}", "not JSON in line 2"),
        ('{"x":1,"x":2}', "twice"),
    ],
)
def test_lines_that_are_no_rows_are_refused(tmp_path, line, message):
    (tmp_path / "a.jsonl").write_text(f'{{"id": "A"}}\n{line}\n')
    with pytest.raises(MmcoreError, match=message):
        opened(tmp_path / "a.jsonl")


def test_names_that_a_line_lacks_are_missing_cells(tmp_path):
    rows = [{"id": "A", "x": 1}, {"y": "u", "id": "B"}]
    (tmp_path / "a.jsonl").write_text("\n".join(map(json.dumps, rows)))
    assert cells(opened(tmp_path / "a.jsonl")) == {
        "id": ["A", "B"],
        "x": [1, None],
        "y": [None, "u"],
    }


def test_arrays_have_numbered_columns_and_the_columns_beside_them(tmp_path):
    np.save(tmp_path / "a.npy", COUNTS)
    table = opened(tmp_path / "a.npy")
    assert cells(table) == {f"c{n + 1}": COUNTS[:, n].tolist() for n in range(3)}
    assert "called c1 to c3" in table.notes[0]
    np.savez_compressed(
        tmp_path / "a.npz", X=COUNTS, Y=COUNTS[:, :1], id=np.array(IDS), p=np.ones(2)
    )
    actual = cells(opened(tmp_path / "a.npz", array="X"))
    assert list(actual) == ["id", "c1", "c2", "c3"]
    assert actual["id"] == IDS
    with pytest.raises(MmcoreError, match="has the matrices X, Y; name one by array: NAME"):
        opened(tmp_path / "a.npz")


def test_arrays_of_objects_are_refused(tmp_path):
    np.save(tmp_path / "a.npy", np.array(["a", None], dtype=object), allow_pickle=True)
    np.savez(tmp_path / "a.npz", x=np.array(["a", None], dtype=object))
    for name in ("a.npy", "a.npz"):
        with pytest.raises(MmcoreError, match="Python objects are not read"):
            opened(tmp_path / name)


def test_a_matrix_market_file_has_its_names_in_files_beside_it(tmp_path):
    mmwrite(tmp_path / "a.mtx", csr_matrix(COUNTS))
    assert cells(opened(tmp_path / "a.mtx"))["c3"] == [0, 3, 4]
    (tmp_path / "a.rows.txt").write_text("\n".join(IDS))
    (tmp_path / "a.columns.txt").write_text("\n".join(GENES))
    wanted = {"": IDS} | dict(zip(GENES, COUNTS.T.tolist(), strict=True))
    assert cells(opened(tmp_path / "a.mtx")) == wanted
    mmwrite(tmp_path / "matrix.mtx", csr_matrix(COUNTS.T))
    (tmp_path / "barcodes.tsv").write_text("\n".join(IDS))
    (tmp_path / "features.tsv").write_text("".join(f"{g}\tname\tGene\n" for g in GENES))
    assert cells(opened(tmp_path / "matrix.mtx")) == wanted
    (tmp_path / "barcodes.tsv").write_text("one")
    with pytest.raises(MmcoreError, match="has 1 lines, expected 3"):
        opened(tmp_path / "matrix.mtx")


def test_a_database_is_read_only_and_a_table_is_chosen_by_name(tmp_path):
    path = tmp_path / "a b#?.db"
    to_sqlite(path)
    with closing(sqlite3.connect(path)) as database:
        database.execute('CREATE VIEW "the ""old""" AS SELECT id, n FROM labs WHERE n > 0')
    before = path.read_bytes()
    assert cells(opened(path, table='the "old"')) == {"id": ["007", "b c"], "n": [1, 1 << 40]}
    with pytest.raises(MmcoreError, match=r"several tables, expected table: NAME with one of labs"):
        opened(path)
    with pytest.raises(MmcoreError, match="only read; choose"):
        write_frames(tmp_path / "new.db", [FRAME], CORE)
    assert path.read_bytes() == before


@pytest.mark.parametrize("suffix", [".rds", ".sav", ".dta", ".mat", ".xls", ".ods", ".pkl"])
def test_a_format_without_a_reader_is_named_with_its_conversion(tmp_path, suffix):
    (tmp_path / f"a{suffix}").write_text("x")
    with pytest.raises(
        MmcoreError, match=r"has no reader; convert it with .*\"a\.(csv|parquet|xlsx)\""
    ):
        opened(tmp_path / f"a{suffix}")


@pytest.mark.parametrize("suffix", [".xlsx", ".h5ad"])
def test_a_package_that_is_not_installed_is_named_with_its_extra(tmp_path, monkeypatch, suffix):
    (tmp_path / f"a{suffix}").write_text("x")
    for name in ("openpyxl", "h5py"):
        monkeypatch.setitem(__import__("sys").modules, name, None)
    with pytest.raises(MmcoreError, match=r"not installed; install it by pip install 'mmcore\["):
        opened(tmp_path / f"a{suffix}")


@pytest.fixture
def object_strings():
    """Strings as objects: the anndata that accepts pandas 3 cannot write its strings."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pandas 4 will have no such option
        with pd.option_context("future.infer_string", False):
            yield


def anndata(rows, first=0):
    from anndata import AnnData

    obs = pd.DataFrame(
        {
            "type": pd.Categorical(["T", None, "B"])[rows],
            "age": pd.array([5, None, 7], dtype="Int64")[rows],
            "g1": 1.5,
        },
        index=np.array(IDS)[rows],
    )
    var = pd.DataFrame(index=[f"g{n}" for n in range(first, first + 3)])
    data = AnnData(csr_matrix(COUNTS[rows].astype(np.float32)), obs=obs, var=var)
    data.layers["log"] = np.log1p(COUNTS[rows])
    data.obsm["X_pca"] = COUNTS[rows][:, :2] / 2
    return data


def test_anndata_has_variables_as_columns_and_obs_as_annotations(tmp_path, object_strings):
    anndata([0, 1, 2]).write_h5ad(tmp_path / "a.h5ad")
    table = opened(tmp_path / "a.h5ad")
    assert isinstance(table.table, MatrixTable)
    assert table.annotations == ("type", "age", "obs.g1")
    actual = cells(table)
    assert actual[""] == IDS
    assert [actual[f"g{n}"] for n in range(3)] == COUNTS.T.tolist()
    assert actual["type"] == ["T", None, "B"]
    assert actual["age"] == [5, None, 7]
    assert cells(opened(tmp_path / "a.h5ad", layer="log"))["g1"] == np.log1p(COUNTS)[:, 1].tolist()
    assert cells(opened(tmp_path / "a.h5ad", obsm="X_pca"))["X_pca_2"] == [1, 0, 0]
    with pytest.raises(
        MmcoreError, match="no layer 'lag', expected one of log; did you mean 'log'"
    ):
        opened(tmp_path / "a.h5ad", layer="lag")


def test_a_study_of_mudata_has_unpaired_observations_labels_and_groups(tmp_path, object_strings):
    from mudata import MuData, set_options

    with warnings.catch_warnings(), set_options(pull_on_update=False):
        warnings.simplefilter("ignore")
        data = MuData({"rna": anndata([0, 1]), "protein": anndata([1, 2], 3)})
        data.obs["donor"] = ["d1", "d2", "d1"]
        data.write_h5mu(tmp_path / "a.h5mu")
    place = {"file": "a.h5mu"}
    study = StudyData.model_validate(
        {
            "base": str(tmp_path),
            "records": {
                "rna": place | {"modality": "rna"},
                "protein": place | {"modality": "protein", "columns": ["g*", "age"]},
            },
            "labels": place | {"column": "donor"},
            "split": {"by": "donor", "test": 0.3},
        }
    )
    records = read_study(study, PathResolver.of(study, None), 0, CORE)
    sides = [records.train, records.test]
    ids = {name: sorted(i for side in sides for i in side[name].ids) for name in study.records}
    assert ids == {"rna": ["007", "8"], "protein": ["8", "b c"]}
    assert records.train["rna"].names == ("g0", "g1", "g2")
    assert records.train["protein"].names == ("g3", "g4", "g5", "age")
    assert records.labels.by_id.to_dict() == {"007": "d1", "8": "d2", "b c": "d1"}
    alone = read_study(
        study.model_copy(update={"labels": None}), PathResolver.of(study, None), 0, CORE
    )
    assert list(alone.test_ids) == list(records.test_ids)
    without = study.model_copy(
        update={"records": {"rna": study.records["rna"].model_copy(update={"modality": None})}}
    )
    with pytest.raises(MmcoreError, match="its modalities are protein, rna"):
        read_study(without, PathResolver.of(study, None), 0, CORE)


def test_a_matrix_is_made_dense_some_rows_at_a_time(monkeypatch):
    monkeypatch.setattr("mmcore.data.tables.formats.matrix.CELLS", 4)
    table = MatrixTable(csr_matrix(COUNTS), GENES, pd.DataFrame({"": IDS}))
    frames = list(table.frames(["IL-2", "", "g1"]))
    assert [len(frame) for frame in frames] == [1, 1, 1]
    whole = pd.concat(frames)
    assert list(whole) == ["IL-2", "", "g1"]
    assert whole["IL-2"].tolist() == COUNTS[:, 2].tolist()
    assert whole[""].tolist() == IDS


def test_files_beside_a_table_are_among_the_files_of_the_study(tmp_path):
    mmwrite(tmp_path / "a.mtx", csr_matrix(COUNTS))
    (tmp_path / "a.rows.txt").write_text("p\nq\nr\n")
    with closing(sqlite3.connect(tmp_path / "a.db")) as database:
        database.execute("PRAGMA journal_mode=WAL")
        database.execute("CREATE TABLE t AS SELECT 'p' AS id, 1 AS x")
        database.commit()
        for name, beside in (("a.mtx", "a.rows.txt"), ("a.db", "a.db-wal")):
            paths = PathResolver(tmp_path, tmp_path)
            before = StudyTables(paths).open(RecordsConfig(file=name), "id").stamp
            assert [path.name for path in paths.used[name]] == [name, beside]
            marked = Inputs(paths.used).fingerprint()
            (tmp_path / "a.rows.txt").write_text("s\nq\nr\n")
            database.execute("INSERT INTO t VALUES ('q', 2)")
            database.commit()
            assert f"'{name}' has changed" in marked.difference(Inputs(paths.used).fingerprint())
            assert StudyTables(paths).open(RecordsConfig(file=name), "id").stamp != before
