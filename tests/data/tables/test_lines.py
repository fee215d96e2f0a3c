"""Lines with fewer or more cells than there are column names: told, and nothing else is."""

import csv

import pytest

from mmcore.data.tables import open_table
from mmcore.data.tables.formats import lines, quotes
from mmcore.errors import MmcoreError


@pytest.fixture
def opened(tmp_path):
    """Return a function that reads what a file holds."""

    def build(content, name="a.csv"):
        (tmp_path / name).write_bytes(content.encode())
        return next(open_table(tmp_path / name).table.frames(["id", "x"]))

    return build


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("id,x\nA,1\nB\n", "1 cell in line 3 and 2 column names"),
        ("id,x\nA,1\nB", "1 cell in line 3 and 2"),
        ("id,x\nA,1,5\nB,2\n", r"3 cells in line 2 and 2 .* quotes around a cell that has ','"),
        ("\ufeffid;x\r\nA;1\r\n\r\nB;2;3\r\n", r"3 cells in line 4 .* has ';'"),
        ('id,x\n"A\nB",1\nC\n', "1 cell in line 4 "),
        ('id,x\n"A ""B"", C",1\nC,1,2\n', "3 cells in line 3 "),
        ('id,x\n5" A,1\nB,1\n6" C\n', "1 cell in line 4 "),
        ("id,x\rA,1\rB\r", "1 cell in line 3 "),
    ],
)
def test_a_line_that_is_shorter_or_longer_is_told_with_its_number(opened, content, message):
    with pytest.raises(MmcoreError, match=message):
        opened(content)


def test_a_tab_is_called_by_its_name(opened):
    with pytest.raises(MmcoreError, match=r"3 cells in line 2 .* has a tab in it"):
        opened("id\tx\nA\t1\t2\nB\t1\n", "a.tsv")


@pytest.mark.parametrize(
    "content",
    [
        "id,x\nA,1\nB,2\n",
        "id,x\nA,1\nB,2",
        "id,x\nA,1\nB,2\n\n\n",
        "\nid,x\n\nA,1\n  \nB,2\r\n",
        "id,x\nA,1,\nB,2,,\n",
        "id,x\rA,1\rB,2\r",
        'id,x\n"A","1"\n"B","2"\n',
    ],
)
def test_blank_lines_quotes_and_separators_at_the_end_are_no_cells(opened, content):
    assert opened(content).to_dict("list") == {"id": ["A", "B"], "x": [1, 2]}


def test_cells_may_hold_separators_quotes_and_ends_of_lines(opened):
    actual = opened('id,x\n"A, B\n\nC",1\n5" D,2\n"E ""F"", G",3\n')
    assert actual["id"].tolist() == ["A, B\n\nC", '5" D', 'E "F", G']


@pytest.mark.parametrize("piece", [1 << 24, 1, 7])
def test_quotes_after_backslashes_are_part_of_their_cell(opened, monkeypatch, piece):
    monkeypatch.setattr(quotes, "PIECE", piece)
    rows = [
        r'"say \"hi\", twice",1',
        r'"C:\\dir\\",2',
        r'"\"",3',
        r'"5\" and \t",\N',
        '"a ""b""",5',
    ]
    actual = opened("id,x\n" + "\n".join(rows) + "\n")
    assert actual["id"].tolist() == ['say "hi", twice', "C:\\dir\\", '"', '5" and \\t', 'a "b"']
    assert actual["x"].dropna().tolist() == [1, 2, 3, 5]


def test_a_backslash_at_the_end_of_a_cell_is_one(opened, tmp_path):
    content = 'id,x\n"C:\\dir\\",1\n"a ""b\\""",2\n"c\\"\n,3\n'.replace('"\n,3', '",3')
    assert opened(content)["id"].tolist() == ["C:\\dir\\", 'a "b\\"', "c\\"]
    assert open_table(tmp_path / "a.csv").notes == ()


def test_an_error_names_the_file_and_not_a_copy(opened, tmp_path):
    with pytest.raises(MmcoreError, match=f"^'{tmp_path}/a.csv' has 1 cell in line 3"):
        opened('id,x\n"a \\"b\\" c",1\nA\n')


def test_a_file_of_one_column_has_no_separators(tmp_path):
    (tmp_path / "a.csv").write_text("id\nA\nB\n")
    assert len(open_table(tmp_path / "a.csv").table) == 2


def test_a_cell_may_be_longer_than_the_limit_of_the_module_csv(opened):
    limit, note = csv.field_size_limit(), "word " * 40_000
    cells = opened(f'id,x\nA,"{note}"\n\nB,2\n')
    assert cells["x"].tolist() == [note, "2"]
    assert csv.field_size_limit() == limit


def test_too_many_columns_are_refused_before_the_table_is_parsed(opened, monkeypatch):
    monkeypatch.setattr(lines, "MOST_COLUMNS", 1000)
    monkeypatch.setattr("pyarrow.csv.read_csv", None)
    for start in ("", "\n \n", "\ufeff"):
        with pytest.raises(MmcoreError, match="1,001 columns, expected at most 1,000"):
            opened(start + ",".join(f"c{n}" for n in range(1001)) + "\n1\n")
