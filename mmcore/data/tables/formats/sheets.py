"""Unusual properties of a spreadsheet: formulas without values, merged cells, hidden rows."""

import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from mmcore.errors import MmcoreError

__all__ = ["SheetFacts", "sheet_facts"]

AT_ONCE = 1 << 24
ROW_END = b"</row>"
WITHOUT_VALUE = re.compile(
    rb'<c (?![^>]*t="str")[^>]*r="([A-Z]+\d+)"[^>]*>\s*<f[^>]*(?:/>|>[^<]*</f>)\s*(?:<v\s*/>|<v></v>)?\s*</c>'
)
"""A formula that no spreadsheet program has computed; one that gives an empty text has the type str."""
MERGED = re.compile(rb'<mergeCell [^>]*ref="([A-Z0-9:]+)"')
HIDDEN = re.compile(rb'<row [^>]*hidden="(?:1|true)"')


@dataclass(slots=True)
class SheetFacts:
    """The unusual properties of a sheet.

    Arguments:
        formulas: the places of formulas without a value.
        merged: the ranges of merged cells.
        hidden: number of hidden rows.
    """

    formulas: list[str] = field(default_factory=list)
    merged: list[str] = field(default_factory=list)
    hidden: int = 0

    def notes(self, path: Path) -> list[str]:
        """Return remarks.

        Raises:
            MmcoreError: a formula has no value.
        """
        if self.formulas:
            raise MmcoreError(
                f"'{path}' has {len(self.formulas)} formulas without a value, such as in the cell"
                f" {self.formulas[0]}; open the file in a spreadsheet program and save it, or write values"
            )
        merged = (
            f"{len(self.merged)} ranges of merged cells, such as {', '.join(self.merged[:1])}, have a value"
            " in their first cell, and the others are missing; unmerge and fill them",
        )
        hidden = (
            f"{self.hidden} rows are hidden in the spreadsheet, and are read like the others",
        )
        return [*(merged if self.merged else ()), *(hidden if self.hidden else ())]


def sheet_facts(archive: zipfile.ZipFile, part: str) -> SheetFacts:
    """Return the unusual properties of a sheet.

    Arguments:
        archive: the workbook.
        part: the name of the sheet in it.
    """
    facts = SheetFacts()
    for piece in _pieces(archive, part):
        facts.formulas += [place.decode() for place in WITHOUT_VALUE.findall(piece)]
        facts.merged += [place.decode() for place in MERGED.findall(piece)]
        facts.hidden += len(HIDDEN.findall(piece))
    return facts


def _pieces(archive: zipfile.ZipFile, part: str) -> Iterator[bytes]:
    """Yield whole rows, some at a time."""
    rest = b""
    with archive.open(part) as file:
        while piece := file.read(AT_ONCE):
            whole, end, rest = (rest + piece).rpartition(ROW_END)
            yield whole + end
    yield rest
