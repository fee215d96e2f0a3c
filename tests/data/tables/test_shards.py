"""A table in several Parquet files is the table in one."""

import pandas as pd
import pytest

from mmcore.config.study import RecordsConfig, StudyData
from mmcore.data.fingerprint import Inputs
from mmcore.data.tables import open_table, read_study
from mmcore.data.tables.paths import PathResolver
from mmcore.errors import MmcoreError
from mmcore.plugins import Catalogue

CORE = Catalogue.discover({"MMCORE_PLUGINS": "mmcore"})
FRAME = pd.DataFrame(
    {
        "id": [f"p{n}" for n in range(9)],
        "x": [1, 2, 3, 4.5, None, 6, 7, 8, 9],
        "sex": pd.Categorical(["f", "m", "f", "m", None, "f", "m", "m", "f"]),
        "note": ["a", None, None, None, None, None, "b", "c", "d"],
    }
)


def cells(opened):
    names = [*FRAME]
    frame = pd.concat(opened.table.frames(names)).astype(object)
    return frame.where(frame.notna(), None).to_dict("list")


@pytest.fixture
def parts(tmp_path):
    """Three files: of integers, of numbers without a note, and with columns in another order."""
    folder = tmp_path / "visits"
    folder.mkdir()
    FRAME[:3].astype({"x": int}).to_parquet(folder / "a.parquet", index=False)
    FRAME[3:6].to_parquet(folder / "b.parquet", index=False)
    FRAME[6:].iloc[:, ::-1].to_parquet(folder / "c.pq", index=False)
    (folder / "_SUCCESS").touch()
    FRAME.to_parquet(tmp_path / "whole.parquet", index=False)
    return tmp_path


@pytest.mark.parametrize("place", ["visits", "visits/*.p*", "vis?ts/*"])
def test_a_folder_or_a_pattern_has_the_cells_of_one_file(parts, place):
    whole, shards = (open_table(parts / name, CORE) for name in ("whole.parquet", place))
    assert cells(shards) == cells(whole)
    assert len(shards.table) == len(FRAME)
    assert shards.table.categories == whole.table.categories
    assert "3 files, 'a.parquet' to 'c.pq'" in shards.notes[0]


def test_a_study_notices_a_change_of_any_file(parts):
    study = StudyData(base=str(parts), records={"v": RecordsConfig(file="visits/*.p*")})
    paths = PathResolver.of(study, None)
    assert [*read_study(study, paths, 0, CORE).train["v"].names] == ["x", "sex", "note"]
    before = Inputs(paths.used).fingerprint()
    FRAME[6:].assign(x=0.0).to_parquet(parts / "visits" / "c.pq", index=False)
    assert before.difference(Inputs(paths.used).fingerprint()).startswith(
        "'visits/*.p*' has changed"
    )


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda f: f.drop(columns="note"), "'a.parquet' has the column 'note', which '.*' lacks"),
        (lambda f: f.assign(more=1), "c.pq' has the column 'more', which '.*a.parquet' lacks"),
        (lambda f: f.assign(x="text"), "have a column with different types"),
    ],
)
def test_files_that_differ_are_refused(parts, change, sentence):
    change(FRAME[6:]).to_parquet(parts / "visits" / "c.pq", index=False)
    with pytest.raises(MmcoreError, match=sentence.replace("'a.", "a.", 1)):
        open_table(parts / "visits", CORE)


@pytest.mark.parametrize("file", ["note.txt", "d.parquet"])
def test_other_files_are_refused(parts, file):
    (parts / "visits" / file).write_text("no Parquet")
    with pytest.raises(MmcoreError, match=r"matches 'note.txt'|not a readable Parquet"):
        open_table(parts / "visits/*", CORE)
    with pytest.raises(MmcoreError, match="no file matches"):
        open_table(parts / "visits/*.csv", CORE)
