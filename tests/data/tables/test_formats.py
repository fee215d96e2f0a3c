"""Formats of tables: the built-in ones, and one of a package that is installed separately."""

import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from typer.testing import CliRunner

from mmcore.cli.app import app
from mmcore.data.tables import Format, MissingWords, open_table
from mmcore.data.tables.formats import format_of, suffixes
from mmcore.data.tables.ids import ids_of
from mmcore.errors import MmcoreError
from mmcore.plugins import Catalogue
from mmcore.runs.prediction import write_frames

CORE = Catalogue.discover({"MMCORE_PLUGINS": "mmcore"})
LIGHT = """
from mmcore.plugins import ComponentSpec, hookimpl
@hookimpl
def mmcore_components():
    return [ComponentSpec(kind="format", name="{name}", factory="{package}.part:Lines",
                          facts={{"suffixes": "{suffixes}"}})]
"""
PART = """
import pandas as pd
from mmcore.data.tables import Format, FrameTable, OpenedTable
class Lines(Format):
    def __init__(self, settings, context):
        pass
    def open(self, path, missing):
        frame = pd.read_json(path, lines=True, dtype=False)
        return OpenedTable(FrameTable(frame), ("it has lines of JSON",))
    def write(self, path, frames):
        pd.concat(frames).to_json(path, orient="records", lines=True)
"""


@pytest.fixture
def install(site):
    """Return a function that installs a distribution with a format of lines of JSON."""

    def build(name="rows", suffixes=".rows", package="fake_rows"):
        light = LIGHT.format(name=name, suffixes=suffixes, package=package)
        site(package.replace("_", "-"), light, part=PART)

    return build


def cells(path, text=("id",), missing=None, catalogue=CORE):
    table = open_table(path, catalogue, MissingWords.of(missing)).cells
    return pd.concat(list(table.frames(table.names, text)))


FRAME = pd.DataFrame(
    {
        "id": ["001", "1e3", 'Zürich, "A"', "数\nx"],
        "größe": [0.1 + 0.2, -1e-300, float("nan"), 12345678.25],
        "code": ["001", "1e3", "2.0", "-0"],
        "count": [1, -2, 3, 1 << 40],
        "word": ["a;b", None, "tab\there", " x "],
        "seen": [True, False, True, True],
        "empty": [float("nan")] * 4,
    }
)


READ_ONLY = {
    ".h5",
    ".hdf5",
    ".duckdb",
    "state.json",
    "dataset_dict.json",
    ".npy",
    ".npz",
    ".mtx",
    ".mtx.gz",
    "matrix.mtx",
    "matrix.mtx.gz",
    ".sqlite",
    ".sqlite3",
    ".db",
    ".h5ad",
    ".h5mu",
}


@pytest.mark.parametrize("suffix", sorted(READ_ONLY))
def test_a_format_that_is_only_read_is_refused_for_answers(tmp_path, suffix):
    with pytest.raises(MmcoreError, match=r"only read; choose a name with \.csv, "):
        write_frames(tmp_path / f"a{suffix}", [FRAME], CORE)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("suffix", sorted(suffixes(CORE).keys() - READ_ONLY))
def test_what_a_format_writes_it_opens_with_equal_cells(tmp_path, suffix):
    path = tmp_path / f"a{suffix}"
    assert write_frames(path, [FRAME[:1], FRAME[1:3], FRAME[3:]], CORE) == 4
    read = cells(path, text=("id", "code"))
    assert list(read) == list(FRAME)
    assert read["code"].tolist() == FRAME["code"].tolist()
    assert read["id"].tolist() == FRAME["id"].tolist()
    assert np.array_equal(read["größe"], FRAME["größe"], equal_nan=True)
    assert read["count"].tolist() == FRAME["count"].tolist()
    assert read["word"].isna().tolist() == [False, True, False, False]
    assert read["word"].dropna().tolist() == FRAME["word"].dropna().tolist()
    assert read["seen"].astype(str).tolist() == FRAME["seen"].astype(str).tolist()
    assert read["empty"].isna().all()


@pytest.mark.parametrize("suffix", sorted(suffixes(CORE).keys() - READ_ONLY))
def test_a_row_without_an_id_has_the_number_that_its_format_shows(tmp_path, suffix):
    path = tmp_path / f"a{suffix}"
    write_frames(path, [pd.DataFrame({"id": ["A", None], "x": [1.0, 2.0]})], CORE)
    # Spreadsheets and editors show the names of the columns in row 1.
    row = 3 if suffix.startswith((".csv", ".tab", ".tsv", ".txt", ".xls", ".zip")) else 2
    with pytest.raises(MmcoreError, match=f"no id in row {row};"):
        ids_of(open_table(path), "id", path.name)


@pytest.mark.parametrize("suffix", [".csv", ".tsv"])
def test_texts_that_mark_missing_cells_are_missing(tmp_path, suffix):
    path = tmp_path / f"a{suffix}"
    write_frames(path, [pd.DataFrame({"id": ["a", "b"], "x": ["?", "1"]})], CORE)
    assert cells(path)["x"].tolist() == ["?", "1"]
    assert cells(path, missing=["?"])["x"].isna().tolist() == [True, False]


@pytest.mark.parametrize("name", ["a.csv", "A.CSV", "a.b.csv"])
def test_the_end_of_the_name_selects_the_format_in_any_case(tmp_path, name):
    (tmp_path / name).write_text("id,x\nA,1\n")
    assert cells(tmp_path / name)["x"].tolist() == [1]


def test_the_suffix_of_a_format_is_found_without_importing_it(install):
    install()
    catalogue = Catalogue.discover()
    assert suffixes(catalogue)[".rows"] == ["fake-rows:rows"]
    assert "fake_rows.part" not in sys.modules
    assert isinstance(format_of(Path("a.rows"), catalogue), Format)


def test_of_two_suffixes_that_match_the_longest_decides(install, tmp_path):
    install(suffixes=".rows.txt")
    catalogue = Catalogue.discover()
    (tmp_path / "a.rows.txt").write_text('{"id": "A", "x": 1}\n')
    assert cells(tmp_path / "a.rows.txt", catalogue=catalogue)["x"].tolist() == [1]
    (tmp_path / "a.txt").write_text("id\tx\nA\t1\n")
    assert cells(tmp_path / "a.txt", catalogue=catalogue)["x"].tolist() == [1]


@pytest.mark.parametrize("name", ["rows", "csv"])
def test_a_suffix_of_two_formats_is_one_sentence(install, tmp_path, name):
    install(name=name, suffixes=".csv")
    (tmp_path / "a.csv").write_text("id,x\nA,1\n")
    with pytest.raises(
        MmcoreError, match=rf"fake-rows:{name}.* both formats of \.csv files.*MMCORE_PLUGINS_DENY"
    ):
        cells(tmp_path / "a.csv", catalogue=Catalogue.discover())


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("a.cvs", r"suffix '\.cvs', expected one of \.arrow, .*did you mean '\.csv'"),
        ("a.fcs", r"install its package, such as mmcore-fcs if it exists"),
        ("a", r"suffix '', expected one of \.arrow, \.csv, .*, \.xlsm, \.xlsx, \.zip; "),
    ],
)
def test_an_unknown_suffix_names_the_known_ones(tmp_path, name, message):
    (tmp_path / name).write_text("id,x\nA,1\n")
    with pytest.raises(MmcoreError, match=message):
        cells(tmp_path / name)
    with pytest.raises(MmcoreError, match=message):
        write_frames(tmp_path / f"new-{name}", [FRAME], CORE)


def test_an_unknown_suffix_names_plug_ins_that_cannot_be_used(install, tmp_path):
    install()
    catalogue = Catalogue.discover({"MMCORE_PLUGINS_DENY": "fake-rows"})
    with pytest.raises(MmcoreError, match=r"fake-rows cannot be used, see mmcore plugins doctor"):
        write_frames(tmp_path / "a.rows", [FRAME], catalogue)


def test_an_installed_format_is_used_from_study_to_answer(install, folder, study, tmp_path):
    """A study with a table of another package's format is drafted, checked, trained and imputed."""
    install()
    frame = pd.read_csv(folder / "a.csv")
    frame.to_json(folder / "a.rows", orient="records", lines=True)
    (folder / "a.csv").unlink()

    def mmcore(*arguments):
        result = CliRunner().invoke(app, list(map(str, arguments)))
        assert result.exit_code == 0, (result.output, result.exception)
        return result.output

    drafted = folder / "study.yaml"
    mmcore("data", "init", folder / "a.rows", folder / "b.csv", "--out", drafted)
    document = yaml.safe_load(drafted.read_text())
    assert document["modalities"]["a"] == {"kind": "table", "file": "a.rows"}
    document["training"] = {"steps": 4, "precision": "32-true", "accelerator": "cpu"}
    drafted.write_text(yaml.safe_dump(document))
    assert "a.rows: it has lines of JSON" in mmcore("data", "check", drafted)
    mmcore("train", "--config", drafted, "--out", tmp_path / "run")
    mmcore("impute", tmp_path / "run", "--out", tmp_path / "out.rows", "--samples", 19)
    completed = pd.read_json(tmp_path / "out.rows", lines=True)
    assert len(completed) == 60
    assert completed[["a.x", "a.y", "a.z", "b.n", "b.sex"]].notna().all(axis=None)
