"""Files as people have them: what is wrong with a whole file is refused, or remarked, in one sentence.

Each case is a few files and a study of them, and what is said, or the message if the study is refused.
"""

import datetime
import unicodedata
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest

from mmcore.config.study import StudyConfig
from mmcore.data.tables.check import check_study
from mmcore.errors import MmcoreError
from mmcore.plugins import Catalogue
from mmcore.storage.documents import parse_yaml

CATALOGUE = Catalogue.discover()
ROWS = 12
IDS = [f"p{n:02d}" for n in range(ROWS)]
X = [n / 8 + 0.05 for n in range(ROWS)]
ONE = "modalities: {a: {kind: table, file: a.csv}}"
TWO = "modalities: {a: {kind: table, file: a.csv}, b: {kind: table, file: b.csv}}"
LABELS = ONE + "\nlabels: {file: l.csv, column: c}"
NUMPY = "modalities: {a: {kind: table, file: a.npy, id: %s}}"
EXCEL = "modalities: {a: {kind: table, file: a.xlsx%s}}"
LONG = "modalities: {a: {kind: table, file: a.csv, long: {name: test, value: value}}}"


@dataclass(frozen=True)
class Case:
    """Files, and what is expected.

    Arguments:
        study: the study file.
        files: by name, the content: a text, bytes, a table, an array or the rows of a sheet.
        remarks: texts in the remarks of the check.
        error: a pattern of the message, if the study is refused.
    """

    study: str
    files: dict
    remarks: tuple = ()
    error: str = ""


def table(ids=IDS, **columns):
    return pd.DataFrame({"id": list(ids), **(columns or {"x": X})})


def classes(*names):
    return {"a.csv": table(), "l.csv": table(c=[names[n % len(names)] for n in range(ROWS)])}


def ids(make, other):
    return {"a.csv": table(map(make, range(ROWS))), "b.csv": table(map(other, range(ROWS)))}


def text(first, rows=None):
    return "\n".join([first, *(rows or [f"{key},{x}" for key, x in zip(IDS, X, strict=True)])])


def sheet(cells, change=None):
    """Return a function that writes a workbook with the columns id and x."""

    def write(path):
        openpyxl = pytest.importorskip("openpyxl")
        book = openpyxl.Workbook()
        for row in [("id", "x"), *zip(IDS, cells, strict=True)]:
            book.active.append(row)
        if change is not None:
            change(book.active)
        book.save(path)

    return write


def hide(rows):
    rows.row_dimensions[4].hidden = True


SIDES = {
    f"s/{side}/{kind}/{n}.csv": table() for side in ("train", "val") for kind in "cd" for n in "12"
}
CASES = {
    # -- options -------------------------------------------------------------------------------------
    "an option of the method": Case(
        ONE + "\nmodel: {options: {beta: .nan}}",
        {"a.csv": table()},
        error="beta=nan is not valid",
    ),
    # -- ids ------------------------------------------------------------------------------------------
    "letters of two codes": Case(
        TWO,
        ids(
            lambda n: unicodedata.normalize("NFC", f"Zo\N{LATIN SMALL LETTER E WITH DIAERESIS}{n}"),
            lambda n: unicodedata.normalize("NFD", f"Zo\N{LATIN SMALL LETTER E WITH DIAERESIS}{n}"),
        ),
        error="id_style: trimmed .* the encoding of letters",
    ),
    "letters of two codes are joined": Case(
        TWO + "\nid_style: trimmed",
        ids(
            lambda n: f"e\N{COMBINING ACUTE ACCENT}\N{NO-BREAK SPACE}{n}",
            lambda n: f"\N{ZERO WIDTH SPACE}\N{LATIN SMALL LETTER E WITH ACUTE} {n}",
        ),
    ),
    "invisible characters in one id": Case(
        TWO,
        ids(lambda n: f"p{n}", lambda n: "\N{ZERO WIDTH SPACE}p1" if n == 1 else f"p{n}"),
        remarks=("1 ids have a near-duplicate", "id_style: trimmed"),
    ),
    "capital letters": Case(
        TWO,
        ids(lambda n: f"Pat{n}", lambda n: f"PAT_{n}"),
        error="'Pat0' and 'PAT_0' may be the same",
    ),
    "ids within ids": Case(
        TWO,
        ids(lambda n: f"TCGA-{n:04d}", lambda n: f"TCGA-{n:04d}-01A"),
        error="'TCGA-0000' and 'TCGA-0000-01A' may be the same",
    ),
    "ids of labels": Case(
        LABELS,
        {
            "a.csv": table(f"{n:03d}" for n in range(ROWS)),
            "l.csv": table(range(ROWS), c=["a"] * ROWS),
        },
        error="no id of the labels .* id_style: integer",
    ),
    "shortened numbers": Case(
        ONE,
        {"a.csv": table(["1.23E+11", "1.24E+11", *IDS[2:]])},
        remarks=("has shortened, such as '1.23E+11'",),
    ),
    "genes that are dates": Case(
        ONE,
        {"a.csv": table(["1-Mar", "2-Sep", *IDS[2:]], **{"3-Mar": X})},
        remarks=(
            "the ids of a have names such as '1-Mar'",
            "the columns of a have names such as '3-Mar'",
        ),
    ),
    "a row of sums": Case(
        ONE, {"a.csv": table(["Total", *IDS[1:]])}, remarks=("the rows 'Total' of a may be sums",)
    ),
    # -- labels and groups ----------------------------------------------------------------------------
    "classes that look alike": Case(
        LABELS, classes("Case", "control", "case"), remarks=("'Case' and 'case' differ by case",)
    ),
    "classes that are one number": Case(
        LABELS, classes("01", "1", "2"), remarks=("the classes '01' and '1' are the same number",)
    ),
    "one class": Case(LABELS, classes("a"), remarks=("all labels are 'a'",)),
    "labels among the measurements": Case(
        LABELS,
        classes("a", "b") | {"a.csv": table(x=X, c=["a", "b"] * (ROWS // 2))},
        remarks=("a has the column 'c', which has the name of the labels",),
    ),
    "groups that look alike": Case(
        ONE + "\nsplit: {by: who}",
        {"a.csv": table(x=X, who=["1", "1.0", "3", "4"] * 3)},
        remarks=("values of 'who' have a near-duplicate", "'1' and '1.0'"),
    ),
    # -- text -----------------------------------------------------------------------------------------
    "comments": Case(ONE, {"a.csv": text("# by R\nid,x")}, error="begins with '# by R'"),
    "a line for spreadsheets": Case(
        ONE, {"a.csv": text("sep=,\nid,x")}, error="begins with 'sep=,'"
    ),
    "a title": Case(
        ONE,
        {"a.csv": text("My study,\nid,x")},
        error="begins with 'My study'; .* remove lines above",
    ),
    "UTF-16 without a mark": Case(
        ONE, {"a.csv": text("id,x").encode("utf-16-le")}, error="the code 0, as files in UTF-16"
    ),
    "decimal commas between commas": Case(
        ONE,
        {"a.csv": text("id,x").replace(".", ",")},
        error="quotes around numbers with a decimal comma",
    ),
    "numbers as names": Case(
        ONE.replace("a.csv", "a.csv, id: row"),
        {"a.csv": text("0.5,1.5", [f"{x},{x + n}" for n, x in enumerate(X)])},
        remarks=("numbers as names, such as '0.5', '1.5'", "header: none"),
    ),
    "numbers as names twice": Case(
        ONE, {"a.csv": text("0.5,0.5")}, error="two columns '0.5'; .* header: none"
    ),
    # -- other formats --------------------------------------------------------------------------------
    "formulas that were never computed": Case(
        EXCEL % "",
        {"a.xlsx": sheet(["=1+1"] * ROWS)},
        error="12 formulas without a value, .* cell B2",
    ),
    "merged cells": Case(
        EXCEL % "",
        {"a.xlsx": sheet(X, lambda rows: rows.merge_cells("B2:B4"))},
        remarks=("1 ranges of merged cells, such as B2:B4",),
    ),
    "hidden rows": Case(EXCEL % "", {"a.xlsx": sheet(X, hide)}, remarks=("1 rows are hidden",)),
    "times of a sheet": Case(
        EXCEL % ", types: {x: duration}",
        {"a.xlsx": sheet([datetime.time(8, n) for n in range(ROWS)])},
        remarks=("durations are read as days",),
    ),
    "the last day of a sheet": Case(
        EXCEL % ", types: {x: date}",
        {
            "a.xlsx": sheet(
                [datetime.date(2020, 1, n + 1) for n in range(ROWS - 1)]
                + [datetime.date(9999, 12, 31)]
            )
        },
        error="'9999-12-31.* in the column of the form 'date', 'x', row 'p11'",
    ),
    "bytes in another order": Case(
        NUMPY % "row", {"a.npy": np.arange(24.0).reshape(12, 2).astype(">f4")}
    ),
    "an array of records": Case(
        NUMPY % "id", {"a.npy": table().to_records(index=False).astype([("id", "U4"), ("x", "f8")])}
    ),
    "several units of one name": Case(
        LONG,
        {"a.csv": table(test=["na"] * ROWS, value=X, unit=["mg/dL", "mmol/L"] * (ROWS // 2))},
        error="values of 'na' in several units, such as 'mg/dL', 'mmol/L' in column 'unit'",
    ),
    "one unit in two spellings": Case(
        LONG, {"a.csv": table(test=["na"] * ROWS, value=X, unit=["mg/dL", "mg/dl "] * (ROWS // 2))}
    ),
    "folders of another system": Case(
        "modalities: {a: {kind: image, file: a.csv, columns: x}}",
        {"a.csv": table(x=[rf"s\{key}.png" for key in IDS])},
        error="'/' between folders in place of",
    ),
    "pictures as texts": Case(
        "modalities: {a: {kind: image, file: a.csv, columns: x}}",
        {"a.csv": table(x=["iVBORw0KGgo" * 200] * ROWS)},
        error="'iVBORw0KGgo.*' has 2,200 characters, expected the path of a file",
    ),
    "sides of a split as classes": Case(
        "modalities: {a: {kind: characters, folder: s}}\nlabels: {folder: s}",
        SIDES,
        remarks=("the classes 'train', 'val' may be the sides of a split",),
    ),
}


def write(path, content):
    path.parent.mkdir(parents=True, exist_ok=True)
    if isinstance(content, pd.DataFrame):
        content.to_csv(path, index=False)
    elif isinstance(content, np.ndarray):
        np.save(path, content)
    elif callable(content):
        content(path)
    else:
        path.write_bytes(content if isinstance(content, bytes) else content.encode())


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_a_file_is_read_right_or_refused_in_one_sentence(case, tmp_path):
    for name, content in case.files.items():
        write(tmp_path / name, content)
    study = StudyConfig.model_validate(parse_yaml(case.study, "study.yaml"))
    if case.error:
        with pytest.raises(MmcoreError, match=case.error):
            check_study(study, tmp_path, CATALOGUE)
        return
    remarks = "\n".join(check_study(study, tmp_path, CATALOGUE).remarks)
    for words in case.remarks:
        assert words in remarks


def test_a_class_is_the_same_in_a_column_with_a_missing_cell(tmp_path):
    table().to_csv(tmp_path / "a.csv", index=False)
    table(c=[None, *[1, 2] * 5, 2]).to_parquet(tmp_path / "l.parquet")
    study = StudyConfig.model_validate(
        parse_yaml(LABELS.replace("l.csv", "l.parquet"), "study.yaml")
    )
    assert {"1", "2"} < set(check_study(study, tmp_path, CATALOGUE).labels)
