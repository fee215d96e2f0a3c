"""Numbers that are written as text: decimal and thousands marks, percentages, limits and units."""

import re
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from mmcore.config.parsing import ColumnParse

__all__ = [
    "CODE",
    "LIMITED",
    "WELL",
    "Marks",
    "all_marks",
    "are_codes",
    "is_written",
    "parsed",
    "pattern",
    "shown_number",
    "without_form",
]

CODE = re.compile(r"[+-]?0\d.*", re.DOTALL)
"""A text with a leading zero is a code, such as 0042, and no number."""
WELL = re.compile(r"\d+E\d+")
"""A column of such texts alone has codes, such as the well 4E10; programs write the number as 4E+10."""
SIGN = "[+\N{MINUS SIGN}-]?"
BLANKS = " \N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE}\N{THIN SPACE}"
CLASSES = {
    "": "",
    ",": ",",
    ".": "[.]",
    " ": f"[{BLANKS}]",
    "'": "['\N{RIGHT SINGLE QUOTATION MARK}]",
}
LIMIT = "[<>\N{LESS-THAN OR EQUAL TO}\N{GREATER-THAN OR EQUAL TO}]=?"
MICRO = "[\N{MICRO SIGN}\N{GREEK SMALL LETTER MU}]"
"""Two characters for one letter."""
LIMITED = re.compile(LIMIT)
"""The begin of a text such as <0.5."""


class Marks(NamedTuple):
    """The decimal mark and the mark between thousands; the latter is empty if there is none."""

    decimal: str
    thousands: str


def all_marks() -> list[Marks]:
    """Return the marks that a column may have, the most usual first."""
    pairs = [Marks(d, t) for t in ("", ",", ".", " ", "'") for d in (".", ",") if d != t]
    return sorted(pairs, key=lambda marks: bool(marks.thousands))


def pattern(marks: Marks) -> str:
    """Return a regular expression of numbers with these marks."""
    decimal, between = CLASSES[marks.decimal], CLASSES[marks.thousands]
    whole = rf"(?:[1-9]\d{{0,2}}(?:{between}\d{{3}})+|\d+)" if between else r"\d+"
    return rf"{SIGN}(?:{whole}(?:{decimal}\d*)?|{decimal}\d+)(?:[eE][+-]?\d+)?"


def are_codes(texts: Iterable[str]) -> bool:
    """Return whether one text has a leading zero, or several are all such as the well 4E10."""
    plain = list(texts)
    wells = len(plain) > 1 and all(WELL.fullmatch(text) for text in plain)
    return wells or any(CODE.fullmatch(text) for text in plain)


def is_written(texts: Iterable[str], parse: ColumnParse) -> bool:
    """Return whether all texts have the form of numbers, percentages, limits or units."""
    form = re.compile(_form(parse))
    return all(form.fullmatch(text.strip()) for text in texts)


def parsed(cells: pd.Series, parse: ColumnParse) -> np.ndarray:
    """Return texts as float64; what is missing or has another form is NaN."""
    texts = pa.array(cells, from_pandas=True).cast(pa.string())
    plain = pc.utf8_trim_whitespace(texts)
    fits = pc.match_substring_regex(plain, f"^(?:{_form(parse)})$")
    plain = pc.if_else(fits, plain, pa.scalar(None, pa.string()))
    if parse.form == "unit":
        plain = pc.utf8_slice_codeunits(plain, 0, -len(parse.unit)) if parse.unit else plain
    plain = pc.replace_substring_regex(plain, f"^{LIMIT}", "")
    plain = pc.replace_substring_regex(plain, r"\s*%$", "")
    if parse.thousands:
        plain = pc.replace_substring_regex(plain, CLASSES[parse.thousands], "")
    plain = pc.replace_substring(plain, parse.decimal, ".")
    plain = pc.replace_substring(plain, "\N{MINUS SIGN}", "-")
    numbers = pc.utf8_trim_whitespace(plain).cast(pa.float64())
    return np.array(numbers.to_numpy(zero_copy_only=False), dtype=np.float64)


def without_form(text: str, parse: ColumnParse) -> str:
    """Return the number in a text, without the limit, the percent sign or the unit beside it."""
    plain = text.strip()
    if parse.form == "censored":
        return LIMITED.sub("", plain).strip()
    end = {"percent": 1, "unit": len(parse.unit)}.get(parse.form, 0)
    return plain[: len(plain) - end].strip()


def shown_number(value: float, parse: ColumnParse) -> str:
    """Return a number as the text that `parsed` reads."""
    text = f"{value:.9g}".replace(".", parse.decimal)
    return text + {"percent": "%", "unit": f" {parse.unit}"}.get(parse.form, "")


def _form(parse: ColumnParse) -> str:
    number = pattern(Marks(parse.decimal, parse.thousands))
    if parse.form == "percent":
        return rf"{number}\s*%"
    if parse.form == "censored":
        return rf"(?:{LIMIT}\s*)?{number}"
    unit = re.sub(MICRO, MICRO, re.escape(parse.unit))
    return rf"{number}\s*{unit}" if parse.form == "unit" else number
