"""Every line of bad input that a file may bring, and what is unusual and read all the same."""

import codecs
import gzip

import numpy as np
import pandas as pd
import pytest

from mmcore.config.study import RecordsConfig, StudyData
from mmcore.data.tables import open_table
from mmcore.data.tables.ids import ids_of
from mmcore.data.tables.missing import MissingWords
from mmcore.data.tables.paths import PathResolver
from mmcore.data.tables.reading import StudyTables, read_records
from mmcore.errors import MmcoreError
from mmcore.runs.prediction import write_frames


def written(folder, content, name="a.csv"):
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def cells(opened):
    return pd.concat(opened.table.frames(opened.table.names)).to_dict("list")


def records(folder, content=None, **config):
    if content is not None:
        written(folder, content)
    study = StudyData(base=str(folder), records={"a": RecordsConfig(file="a.csv", **config)})
    return read_records(
        "a", study.records["a"], study, StudyTables(PathResolver(folder, folder / "root"))
    )[0]


def test_a_byte_order_mark_and_semicolons_are_read_and_said(tmp_path):
    opened = open_table(
        written(tmp_path, codecs.BOM_UTF8 + "id;x;größe\nA;1,5;2\nB;-0,25;\n".encode())
    )
    actual = cells(opened)
    assert actual["id"] == ["A", "B"]
    assert actual["x"] == ["1,5", "-0,25"]
    assert actual["größe"][0] == 2
    messages = " ".join(opened.notes)
    assert "byte order mark" in messages
    assert "';'" in messages


@pytest.mark.parametrize(
    ("name", "content"),
    [("a.csv", "id,x\nA,1.5\n"), ("a.tsv", "id\tx\nA\t1.5\n"), ("a.csv", 'id,x\n"A",1.5\n')],
)
def test_what_is_usual_is_not_worth_a_word(tmp_path, name, content):
    opened = open_table(written(tmp_path, content, name))
    assert cells(opened) == {"id": ["A"], "x": [1.5]}
    assert opened.notes == ()


@pytest.mark.parametrize(
    ("content", "mend"),
    [
        (b"PK\x03\x04\x14\x00", r"rename it to \.xlsx"),
        (gzip.compress(b"id,x\nA,1\n"), r"add \.gz"),
        (b"PAR1\x15\x04", r"rename it to \.parquet"),
        (b"\n<html><body>", "a page of HTML"),
        (codecs.BOM_UTF8 + b'[{"id": 1}]', r"suffix \.jsonl"),
    ],
    ids=["xlsx", "gzip", "parquet", "html", "json"],
)
def test_a_file_of_another_format_with_the_suffix_of_a_text_is_named(tmp_path, content, mend):
    with pytest.raises(MmcoreError, match=mend):
        open_table(written(tmp_path, content))


@pytest.mark.parametrize("suffix", [".csv", ".parquet", ".xlsx"])
def test_ids_that_are_dates_are_the_same_in_every_format(tmp_path, suffix):
    texts = ["2020-01-01", "2020-01-31", "2020-02-01 08:30:00"]
    days = texts if suffix == ".csv" else pd.to_datetime(texts, format="ISO8601")
    write_frames(tmp_path / f"a{suffix}", [pd.DataFrame({"id": days, "x": [1.5, 2.5, 3.5]})])
    ids, _ = ids_of(open_table(tmp_path / f"a{suffix}"), "id", "a")
    assert list(ids) == texts


@pytest.mark.parametrize("suffix", ["parquet", "feather", "h5ad"])
def test_a_file_states_categories_and_the_order_of_their_levels(tmp_path, suffix):
    levels, cells = ["low", "mid", "high", "-9"], ["high", "low", None, "-9"]
    stage = pd.Categorical(cells, levels, ordered=True)
    frame = pd.DataFrame(
        {"id": list("abcd"), "leiden": pd.Categorical(list("0120")), "stage": stage}
    )
    if suffix == "h5ad":
        AnnData = pytest.importorskip("anndata").AnnData
        AnnData(np.ones((4, 1)), frame.set_index("id")).write_h5ad(tmp_path / "a.h5ad")
    else:
        getattr(frame, f"to_{suffix}")(tmp_path / f"a.{suffix}")
    cells = open_table(tmp_path / f"a.{suffix}", missing=MissingWords.of(["-9"])).cells
    assert cells.categories == {"leiden": (), "stage": ("low", "mid", "high")}
    (read,) = cells.frames(["leiden", "stage"])
    assert read["leiden"].tolist() == list("0120")
    assert read["stage"].fillna("").tolist() == ["high", "low", "", ""]


def test_a_column_may_be_called_na(tmp_path):
    assert open_table(written(tmp_path, "id,NA\nA,1\n")).table.names == ("id", "NA")


def test_a_comma_within_texts_of_a_semicolon_file_is_no_decimal(tmp_path):
    opened = open_table(written(tmp_path, "id;x;t\nA;1.5;one, two\n"))
    assert cells(opened)["x"] == [1.5]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty"),
        (b"\n \n", "is empty, expected a table with column names"),
        (b"id,x\n", "column names but no rows"),
        ("id,name\nA,Zürich\n".encode("latin-1"), "is not UTF-8.*0xfc"),
        (b"id,x,x\nA,1,2\n", "two columns 'x'"),
        (b"id,,x\nA,1,2\n", "no name for column 2"),
        (b"id,x\nA,1\nB,1,2,3\n", "4 cells in line 3 and 2 column names"),
        (b'id,x\nA,"1\nB,2', "begins in line 2.*as many cells in every line"),
    ],
)
def test_a_file_that_is_no_table_is_refused(tmp_path, content, message):
    with pytest.raises(MmcoreError, match=message):
        open_table(written(tmp_path, content))


def test_what_is_no_file_or_of_no_known_kind_is_refused(tmp_path):
    with pytest.raises(MmcoreError, match="there is no file"):
        open_table(tmp_path / "a.csv")
    with pytest.raises(
        MmcoreError, match=r"suffix '\.fcs', expected one of \.arrow, .* such as mmcore-fcs"
    ):
        open_table(written(tmp_path, "x", "a.fcs"))
    with pytest.raises(MmcoreError, match="not a readable Parquet"):
        open_table(written(tmp_path, "x", "a.parquet"))
    with pytest.raises(MmcoreError, match="did you mean 'breast_cancer'"):
        open_table("sklearn:breast-cancer")


def test_ids_are_text_and_nothing_is_lost_of_them(tmp_path):
    actual = records(tmp_path, "id,x\n007,1\n08.0,2\n NA12 ,3\n")
    assert list(actual.ids) == ["007", "08.0", " NA12 "]
    assert actual.names == ("x",)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("key,x\nA,1\n", "has no id column 'id', .* with key, x; name the one by id: NAME"),
        ("ID,x\nA,1\n", "did you mean 'ID'"),
        ("id,x\nA,1\nB,1\nA,2\nB,3\n", "2 ids in more than one row, such as 'A', 'B'"),
        ("id,x\nA,1\n,2\n", "no id in row 3"),
    ],
)
def test_ids_that_cannot_be_joined_are_refused(tmp_path, content, message):
    with pytest.raises(MmcoreError, match=message):
        records(tmp_path, content)


def test_columns_are_chosen_by_name_and_pattern(tmp_path):
    content = "id,mean a,mean b,worst a\nA,1,2,3\n"
    assert records(tmp_path, content, columns="mean *").names == ("mean a", "mean b")
    assert records(tmp_path, content, columns=["*", "!mean b"]).names == ("mean a", "worst a")
    assert records(tmp_path, content, columns=["worst a", "mean a"]).names == ("worst a", "mean a")
    with pytest.raises(
        MmcoreError, match=r"names column 'z\*'.*begin with mean a, mean b, worst a"
    ):
        records(tmp_path, content, columns="z*")
    with pytest.raises(MmcoreError, match=r"names column 'best a'.*did you mean 'worst a'"):
        records(tmp_path, content, columns=["best a"])


def test_a_row_without_any_cell_lacks_the_modality(tmp_path):
    actual = records(tmp_path, "id,x,y\nA,,\nB,,2\nC,1,\n")
    assert list(actual.ids) == ["B", "C"]


def test_paths_outside_the_folder_are_refused_unless_allowed(tmp_path):
    inside = tmp_path / "study"
    inside.mkdir()
    written(tmp_path, "id,x\nA,1\n", "secret.csv")
    strict = PathResolver(inside, inside / "root")
    for name in ("../secret.csv", str(tmp_path / "secret.csv"), "x/../../secret.csv"):
        with pytest.raises(MmcoreError, match=r"outside the study's folder"):
            strict.find(name)
    assert PathResolver(inside, inside, allow_outside=True).find("../secret.csv").is_file()
    with pytest.raises(MmcoreError, match=r"there is no .*secrets.csv"):
        strict.find("secrets.csv")


def test_files_are_found_below_the_data_folder_too(tmp_path):
    (tmp_path / "data").mkdir()
    written(tmp_path / "data", "id,x\nA,1\n")
    assert PathResolver(tmp_path / "study", tmp_path / "data").find("a.csv").is_file()


def test_parquet_is_read_in_pieces(tmp_path, monkeypatch):
    frame = pd.DataFrame({"id": [f"p{n}" for n in range(10)], "x": range(10), "y": 0.5})
    frame.to_parquet(tmp_path / "a.parquet", row_group_size=6)
    monkeypatch.setattr("mmcore.data.tables.formats.parquet.CELLS", 8)
    study = StudyData(base=str(tmp_path), records={"a": RecordsConfig(file="a.parquet")})
    actual, _ = read_records(
        "a", study.records["a"], study, StudyTables(PathResolver(tmp_path, tmp_path))
    )
    assert [len(part) for part in actual.frames()] == [4, 4, 2]
    assert [len(part) for part in actual.frames(["x"])] == [8, 2]
    some = actual.only(actual.ids.isin(["p1", "p5", "p9"]))
    assert some.frame()["x"].tolist() == [1, 5, 9]
    assert [list(part.index) for part in some.frames()] == [[0], [1], [2]]
    assert some.only(some.ids == "p9").frame()["x"].tolist() == [9]


def test_an_id_that_pandas_wrote_as_an_index_is_a_column_like_others(tmp_path):
    frame = pd.DataFrame({"x": [1.0, 2.0]}, index=pd.Index(["A", "B"], name="id"))
    frame.to_parquet(tmp_path / "a.parquet")
    study = StudyData(base=str(tmp_path), records={"a": RecordsConfig(file="a.parquet")})
    actual, _ = read_records(
        "a", study.records["a"], study, StudyTables(PathResolver(tmp_path, tmp_path))
    )
    assert list(actual.ids) == ["A", "B"]
    assert actual.frame()["x"].tolist() == [1.0, 2.0]


def test_an_empty_folder_is_refused(tmp_path):
    (tmp_path / "notes").mkdir()
    study = StudyData(base=str(tmp_path), records={"n": RecordsConfig(folder="notes")})
    with pytest.raises(
        MmcoreError, match="'notes' of modality 'n' is empty; expected a file for each"
    ):
        read_records("n", study.records["n"], study, StudyTables(PathResolver(tmp_path, tmp_path)))


def test_a_folder_is_a_column_of_paths_by_id(tmp_path):
    (tmp_path / "notes").mkdir()
    written(tmp_path / "notes", "one", "A.txt")
    written(tmp_path / "notes", "two", "B.txt")
    study = StudyData(base=str(tmp_path), records={"n": RecordsConfig(folder="notes")})
    actual, _ = read_records(
        "n", study.records["n"], study, StudyTables(PathResolver(tmp_path, tmp_path))
    )
    assert list(actual.ids) == ["A", "B"]
    paths = [actual.resolve(cell) for cell in actual.frame()["path"]]
    assert [path.read_text() for path in paths] == ["one", "two"]
    written(tmp_path / "notes", "three", "B.md")
    with pytest.raises(
        MmcoreError, match=r"two files for the id 'B'.* pattern .* notes/\*\.md or notes/\*\.txt"
    ):
        read_records("n", study.records["n"], study, StudyTables(PathResolver(tmp_path, tmp_path)))
    actual, _ = read_records(
        "n",
        RecordsConfig(folder="notes/*.md"),
        study,
        StudyTables(PathResolver(tmp_path, tmp_path)),
    )
    assert [actual.resolve(cell).read_text() for cell in actual.frame()["path"]] == ["three"]
