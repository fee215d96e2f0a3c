"""Decision for each column of texts whether they are numbers, and with which marks."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import pandas as pd

from mmcore.config.parsing import ColumnParse, Form
from mmcore.data.tables.parsing.numerals import (
    LIMITED,
    Marks,
    all_marks,
    are_codes,
    is_written,
    parsed,
    pattern,
    without_form,
)
from mmcore.data.tables.parsing.times import duration_layouts, layouts
from mmcore.errors import MmcoreError

__all__ = ["Decider", "as_numbers", "certain_marks", "offered"]

ONE_GROUP = re.compile(r"[+-]?[1-9]\d{0,2}([.,])\d{3}")
"""A number whose mark may be a decimal mark or one between thousands, such as 1,233."""
NUMBER = "|".join(map(pattern, all_marks()))
UNIT = re.compile(rf"(?:{NUMBER})\s*([^\d\s.,<>%:/-].*|/[^\d].*)", re.DOTALL)
NO_UNIT = re.compile(r"(?<![x\N{MULTIPLICATION SIGN}*])\s\d|^[a-z]\s?\d+\s?[a-z]*$")
"""Texts that are no unit, because they have another number, as in 5. March 2021, 1 h 30 min and 1h30m."""


@dataclass(frozen=True)
class Decider:
    """Decides how the texts of columns become numbers.

    Arguments:
        source: the file, for messages.
        decimals: decimal marks that other columns of the file certainly have.
        decimal: the decimal mark that the user has declared, by column.
        thousands: the mark between thousands that the user has declared, by column.
    """

    source: str
    decimals: frozenset[str] = frozenset()
    decimal: Mapping[str, str] = field(default_factory=dict)
    thousands: Mapping[str, str] = field(default_factory=dict)

    def number(self, column: str, texts: Iterable[str], codes: bool = False) -> ColumnParse | None:
        """Return how the texts of a column are read as numbers, or None if one of them is no number.

        Arguments:
            column: its name.
            texts: the different cells, without missing ones.
            codes: whether texts with leading zeros, such as 0042, are numbers.

        Raises:
            MmcoreError: the marks have two readings with different numbers.
        """
        plain = [text.strip() for text in texts]
        if not codes and are_codes(plain):
            return None
        fitting = [marks for marks in self._allowed(column) if _fits(plain, marks)]
        if not fitting:
            return None
        group = next((text for text in plain if ONE_GROUP.fullmatch(text)), None)
        chosen = fitting[0] if group is None else self._of_group(column, plain, group, fitting)
        return ColumnParse(decimal=chosen.decimal, thousands=chosen.thousands)

    def with_form(self, column: str, texts: Iterable[str], form: str) -> ColumnParse | None:
        """Return how percentages, limits or numbers with a unit are read, or None if one text is none.

        Arguments:
            column: its name.
            texts: the different cells, without missing ones.
            form: ``percent``, ``censored`` or ``unit``.

        Raises:
            MmcoreError: the marks have two readings with different numbers.
        """
        every = list(texts)
        offer = offered(every, form)
        if offer is None:
            return None
        number = self.number(column, [without_form(text, offer[1]) for text in every])
        if number is None:
            return None
        marks = {"decimal": number.decimal, "thousands": number.thousands}
        return offer[1].model_copy(update=marks)

    def _allowed(self, column: str) -> list[Marks]:
        decimal, thousands = self.decimal.get(column), self.thousands.get(column)
        return [
            marks
            for marks in all_marks()
            if decimal in (None, marks.decimal) and thousands in (None, marks.thousands)
        ]

    def _of_group(self, column: str, plain: list[str], group: str, fitting: list[Marks]) -> Marks:
        """Decide between 1,233 as a fraction and as a number of thousands."""
        mark = "," if "," in group else "."
        fraction = next((marks for marks in fitting if marks.decimal == mark), None)
        whole = next((marks for marks in fitting if marks.thousands == mark), None)
        if fraction is None or whole is None:
            return fitting[0]
        others = self.decimals or (frozenset(".") if mark == "." else frozenset())
        if len(others) == 1:
            return fraction if mark in others else whole
        number = group.replace(mark, "")
        raise MmcoreError(
            f"'{self.source}' has '{group}' in column '{column}', which is {group.replace(mark, '.')} with"
            f" decimal '{mark}' and {number} with thousands '{mark}'; write"
            f" decimal: {{{column}: '{mark}'}} or thousands: {{{column}: '{mark}'}} below the modality"
        )


def as_numbers(frame: pd.DataFrame, source: str) -> pd.DataFrame:
    """Return a frame whose columns of texts are numbers, if all of their cells are.

    Arguments:
        frame: columns of numbers and of texts.
        source: the file, for messages.

    Raises:
        MmcoreError: the marks of a column have two readings.
    """
    texts = {
        n: cells.dropna().unique() for n, cells in frame.items() if cells.dtype.kind not in "fiub"
    }
    decider = Decider(source, frozenset[str]().union(*map(certain_marks, texts.values())))
    parses = {name: decider.number(str(name), cells) for name, cells in texts.items()}
    columns = {n: parsed(frame[n], parse) for n, parse in parses.items() if parse is not None}
    return frame.assign(**{str(name): cells for name, cells in columns.items()})


def certain_marks(texts: Iterable[str]) -> frozenset[str]:
    """Return the decimal mark of a column of numbers if only one is possible, such as in 0,5."""
    plain = [text.strip() for text in texts]
    if not any("." in text or "," in text for text in plain):
        return frozenset()
    possible = {marks.decimal for marks in all_marks() if _fits(plain, marks)}
    return frozenset(possible) if len(possible) == 1 else frozenset()


def offered(texts: Iterable[str], form: str | None = None) -> tuple[Form, ColumnParse] | None:
    """Return the form in which all texts of a column can be read as numbers, if there is one.

    Such a form is offered and not chosen, because it changes what a cell means.

    Arguments:
        texts: the different cells.
        form: the only form that is considered, ``percent``, ``censored`` or ``unit``.
    """
    plain = [text.strip() for text in texts]
    if len(plain) < 2 and form is None:
        return None
    for parse in _forms(plain):
        is_stated = form is not None or parse.form != "censored" or any(map(LIMITED.match, plain))
        if form in (None, parse.form) and is_stated and is_written(plain, parse):
            return parse.form, parse
    if form is not None:
        return None
    if layouts(plain):
        return "date", ColumnParse(form="date", layout=layouts(plain)[0])
    if duration_layouts(plain):
        return "duration", ColumnParse(form="duration", layout=duration_layouts(plain)[0])
    return None


def _forms(plain: list[str]) -> Iterator[ColumnParse]:
    """Yield the forms of numbers that the texts may have; codes such as 0042 have none."""
    if are_codes(plain):
        return
    unit = next((match[1] for match in map(UNIT.fullmatch, plain) if match), "")
    for marks in map(Marks._asdict, all_marks()):
        yield ColumnParse(form="percent", **marks)
        yield ColumnParse(form="censored", **marks)
        if unit and not NO_UNIT.search(unit):
            yield ColumnParse(form="unit", unit=unit, **marks)


def _fits(plain: list[str], marks: Marks) -> bool:
    number = re.compile(pattern(marks))
    return all(number.fullmatch(text) for text in plain)
