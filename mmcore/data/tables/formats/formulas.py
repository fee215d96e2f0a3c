"""Text cells that a spreadsheet would run as formulas, and the apostrophe that prevents it."""

import mmap
import re
from collections.abc import Callable
from pathlib import Path

import pandas as pd

__all__ = ["escaped", "has_escapes", "text_columns", "unescaped", "with_texts"]

MARK = "'"
STARTS = "=+-@\t\r\n\uff1d\uff0b\uff0d\uff20"
"""The last four are the wide forms of the first four, which some spreadsheets accept."""
FORMULA = re.compile(f"{MARK}*[{re.escape(STARTS)}]")
NUMBER = re.compile(rf"{MARK}*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
ESCAPE = re.compile(b"'(?:%s)" % b"|".join(re.escape(start.encode()) for start in STARTS))


def escaped(text: str) -> str:
    """Return ``text`` with an apostrophe before it, if it would be a formula without.

    An apostrophe is also put before those of a text such as ``'=x``, so that `unescaped` returns the
    text exactly. A number, such as ``-1``, is no formula.

    Example:
        >>> escaped("=1+1"), escaped("'=1+1"), escaped("-1"), escaped("a=1")
        ("'=1+1", "''=1+1", '-1', 'a=1')
    """
    return MARK + text if _is_formula(text) else text


def unescaped(text: str) -> str:
    """Return the text of which `escaped` has returned ``text``; other texts stay as they are."""
    return text[1:] if text.startswith(MARK) and _is_formula(text) else text


def has_escapes(path: Path) -> bool:
    """Return whether a file that is not empty may have cells with an apostrophe before a formula."""
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        return ESCAPE.search(content) is not None


def text_columns(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the columns that may have texts."""
    # By type and not by column: a table of predictions may have tens of thousands of columns.
    kinds = {kind: kind.kind not in "biufcM" for kind in frame.dtypes.unique()}
    return frame.loc[:, frame.dtypes.map(kinds).to_numpy()]


def with_texts(frame: pd.DataFrame, convert: Callable[[str], str]) -> pd.DataFrame:
    """Return the frame with all texts in its cells converted; numbers and missing cells stay."""
    changed = {}
    for name, cells in text_columns(frame).items():
        converted = cells.map(lambda cell: convert(cell) if isinstance(cell, str) else cell)
        if not converted.equals(cells):
            changed[name] = converted
    return frame.assign(**changed) if changed else frame


def _is_formula(text: str) -> bool:
    return FORMULA.match(text) is not None and NUMBER.fullmatch(text) is None
