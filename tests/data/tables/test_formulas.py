"""Texts that a spreadsheet would run as formulas, in files that are written and read."""

from itertools import product

import pandas as pd
import pytest

from mmcore.data.tables import MissingWords
from mmcore.data.tables.formats.delimited import Delimited
from mmcore.data.tables.formats.formulas import escaped, unescaped

FORMULAS = (
    "=1+1",
    "+cmd|' /C calc'!A0",
    "-2+3",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\n=1",
    "\uff1d1",
    "'=1",
)
HARMLESS = ("a=b", "-1", "+2.5e3", "'quoted'", "x\r=1")
SHORT = ["".join(letters) for n in range(1, 5) for letters in product("'=+-@\t\r1.e", repeat=n)]


def written(path, frame, raw=False):
    Delimited(",", raw).write(path, [frame])
    return path.read_bytes().decode()


def opened(path):
    return Delimited(",").open(path, MissingWords())


def test_an_escaped_text_starts_no_formula_and_is_read_back():
    for text in SHORT:
        assert unescaped(escaped(text)) == text
        assert not escaped(text).startswith(tuple("=@\t\r")), text
        if escaped(text).startswith(("+", "-")):
            float(text)  # raises if it is no number


@pytest.mark.parametrize("separator", [",", "\t"])
def test_cells_and_column_names_are_escaped_and_read_back(tmp_path, separator):
    frame = pd.DataFrame({"id": [*FORMULAS, *HARMLESS], "=name": -1.5, "'=name": "x"})
    path = tmp_path / "a.csv"
    Delimited(separator).write(path, [frame[:4], frame[4:]])
    cells = pd.read_csv(path, sep=separator, dtype=str)  # as another program reads them
    assert list(cells) == ["id", "'=name", "''=name"]
    assert cells["id"].tolist() == [*(f"'{text}" for text in FORMULAS), *HARMLESS]
    assert set(cells["'=name"]) == {"-1.5"}
    table = opened(path).table
    (read,) = table.frames(table.names)
    pd.testing.assert_frame_equal(read, frame, check_dtype=False)


def test_raw_files_have_the_texts_as_they_are(tmp_path):
    frame = pd.DataFrame({"id": ["=1", "b"], "n": [-1, 2]})
    assert written(tmp_path / "a.csv", frame, raw=True) == "id,n\n=1,-1\nb,2\n"
    assert opened(tmp_path / "a.csv").notes == ()


def test_the_apostrophe_is_noted_when_it_is_removed(tmp_path):
    written(tmp_path / "a.csv", pd.DataFrame({"id": ["=1", "b"], "n": [-1, 2]}))
    (note,) = opened(tmp_path / "a.csv").notes
    assert "apostrophe" in note


def test_a_file_of_100_columns_without_formulas_is_written_as_by_pandas(tmp_path):
    frame = pd.DataFrame({f"c{n}": [n, n / 3] for n in range(100)} | {"word": ["a", None]})
    assert written(tmp_path / "a.csv", frame) == frame.to_csv(index=False)
