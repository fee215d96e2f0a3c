"""Tables without names, without ids, transposed, and with a row for each value."""

import pandas as pd
import pytest

from mmcore.config.study import LabelsConfig, RecordsConfig, StudyData
from mmcore.data.tables.paths import PathResolver
from mmcore.data.tables.reading import StudyTables, read_records
from mmcore.errors import MmcoreError
from mmcore.plugins import Catalogue

CORE = Catalogue.discover({"MMCORE_PLUGINS": "mmcore"})


def records(folder, content, file="a.csv", **config):
    if isinstance(content, str):
        (folder / file).write_text(content)
    else:
        content.to_parquet(folder / file)
    study = StudyData(base=str(folder), records={"a": RecordsConfig(file=file, **config)})
    tables = StudyTables(PathResolver(folder, folder / "root"), None, CORE)
    return read_records("a", study.records["a"], study, tables)


def cells(found):
    frame = found.frame(text=found.names).astype(object)
    return {"id": list(found.ids), **frame.where(frame.notna(), None).to_dict("list")}


def test_columns_without_names_are_numbered_and_rows_without_ids_too(tmp_path):
    actual, notes = records(tmp_path, "1,2\n3,4\n", header="none", id="row")
    assert cells(actual) == {"id": ["1", "2"], "c1": ["1", "3"], "c2": ["2", "4"]}
    assert any("header: none" in note and "c1 to c2" in note for note in notes)
    assert any("numbers of its rows, 1 to 2" in note for note in notes)
    actual, _ = records(tmp_path, "A,2\nB,4\n", header="none", id="c1")
    assert cells(actual) == {"id": ["A", "B"], "c2": ["2", "4"]}
    actual, _ = records(tmp_path, "row,x\nA,2\nB,4\n", id="row")
    assert list(actual.ids) == ["A", "B"]


@pytest.mark.parametrize("name", ["id", "", "gene"])
def test_a_transposed_table_is_the_table(tmp_path, name):
    content = f"{name},007,8\nx,1.5,2.50\ncode,01,\n"
    actual, notes = records(tmp_path, content, transpose=True)
    assert cells(actual) == {"id": ["007", "8"], "x": ["1.5", "2.50"], "code": ["01", None]}
    assert any("transposed" in note for note in notes)
    typed = pd.DataFrame({name: ["x", "y"], "007": [1.5, 3.0], "8": [2.5, float("nan")]})
    actual, _ = records(tmp_path, typed, "a.parquet", transpose=True)
    assert list(actual.ids) == ["007", "8"]
    assert actual.frame()["x"].tolist() == [1.5, 2.5]
    assert actual.frame()["y"].isna().tolist() == [False, True]


@pytest.mark.parametrize("name", ["entrez", None])
def test_the_names_of_a_transposed_frame_are_its_index(tmp_path, name):
    index = pd.Index([7157, 1956], name=name)
    frame = pd.DataFrame([[3, 2], [1, 7]], index=index, columns=["A", "B"])
    actual, _ = records(tmp_path, frame, "a.parquet", transpose=True)
    assert list(actual.ids) == ["A", "B"]
    assert actual.frame().to_dict("list") == {"7157": [3, 2], "1956": [1, 7]}


def test_fractions_are_no_names_of_a_transposed_table(tmp_path):
    with pytest.raises(MmcoreError, match=r"has 0\.5 in column 'A', .* by id: NAME"):
        records(tmp_path, "A,B,gene\n0.5,1,x\n2,3,y\n", transpose=True)
    actual, _ = records(tmp_path, "A,B,gene\n0.5,1,x\n2,3,y\n", transpose=True, id="gene")
    assert actual.names == ("x", "y")


def test_a_transposed_table_has_one_row_for_each_name(tmp_path):
    with pytest.raises(MmcoreError, match="two columns 'x'; rename one"):
        records(tmp_path, "id,A,B\nx,1,2\nx,3,4\n", transpose=True)


LONG = "id,test,value,unit\n8,x,2.50,m\n007,x,1.5,m\n007,code,01,\n"
PLAN = {"name": "test", "value": "value"}


def test_a_long_table_has_a_row_for_each_id(tmp_path):
    actual, notes = records(tmp_path, LONG, long=PLAN)
    assert cells(actual) == {"id": ["8", "007"], "x": ["2.50", "1.5"], "code": [None, "01"]}
    assert any("its columns unit are left out" in note for note in notes)
    typed = pd.DataFrame({"p": ["a", "b", "a"], "test": ["x", "x", "y"], "value": [1.0, 2.0, 3.0]})
    actual, _ = records(tmp_path, typed, "a.parquet", long=PLAN | {"id": "p"}, id="p")
    assert actual.frame()["x"].tolist() == [1.0, 2.0]
    assert actual.frame()["y"].isna().tolist() == [False, True]


@pytest.mark.parametrize(
    ("content", "plan", "message"),
    [
        (LONG + "007,x,1.6,m\n", PLAN, "1 values more than one .* such as 'x' of '007'; keep one"),
        (LONG, PLAN | {"name": "tset"}, "long.name is 'tset'.*did you mean 'test'"),
        (LONG + "9,,1,m\n", PLAN, "no name in row 5 of a long table"),
    ],
)
def test_a_long_table_that_is_not_clear_is_refused(tmp_path, content, plan, message):
    with pytest.raises(MmcoreError, match=message):
        records(tmp_path, content, long=plan)


def test_modalities_can_read_several_arrangements_of_one_file(tmp_path):
    (tmp_path / "a.csv").write_text("id,A,B\nA,1,2\nB,3,4\n")
    places = {
        "a": RecordsConfig(file="a.csv"),
        "b": RecordsConfig(file="a.csv", transpose=True),
        "c": RecordsConfig(file="a.csv", header="none", id="c1"),
    }
    study = StudyData(base=str(tmp_path), records=places)
    tables = StudyTables(PathResolver(tmp_path, tmp_path), None, CORE)
    first, second, third = (read_records(n, places[n], study, tables)[0].frame() for n in places)
    assert first["A"].tolist() == [1, 3]
    assert second["A"].tolist() == [1, 2]
    assert third["c2"].tolist() == ["A", "1", "3"]


@pytest.mark.parametrize("config", [RecordsConfig, LabelsConfig])
def test_a_folder_has_no_arrangement(config):
    with pytest.raises(ValueError, match="a folder has no sheet; give it with a 'file'"):
        config(folder="x", sheet="labs")
