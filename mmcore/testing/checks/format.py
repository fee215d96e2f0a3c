"""Checks of a file format of tables: what it writes, it opens with equal cells."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd

from mmcore.data.tables import Format
from mmcore.data.tables.missing import MissingWords
from mmcore.errors import MmcoreError
from mmcore.testing.check import Check, NotApplicable, require
from mmcore.testing.checks.component import COMPONENT_CHECKS
from mmcore.testing.component import Component
from mmcore.testing.kit import Kit

__all__ = ["FORMAT", "FormatCase"]

NUMBERS = {
    "float": [0.1 + 0.2, -1e-300, 12345678.25, 1 / 3, -2.5],
    "integer": [1, -2, 0, 1 << 40, 7],
    "boolean": [True, False, True, True, False],
}
TEXTS = {
    "plain": ["a", "Zürich", "数", " b ", "ß"],
    "marks": ["a,b", "c;d", 'e "f"', "g\th", "i\nj"],
}
IDS = {"id": ["001", "1e3", "1.0", "0x1", "-0"]}
GAPS = {
    "number": [1.5, np.nan, np.nan, 2.5, 3.5],
    "word": [None, "a", None, "b", "c"],
    "nothing": [np.nan] * 5,
}


@dataclass(frozen=True, slots=True)
class FormatCase:
    """Formats made by ``make()``."""

    make: Callable[[], Format]
    component: Component | None = None

    @classmethod
    def of_component(cls, component: Component) -> "FormatCase":
        """Return the case of a registered format."""

        def make() -> Format:
            file_format: Format = component.load()(component.settings, component.context)
            return file_format

        return cls(make, component)

    @property
    def suffixes(self) -> list[str]:
        """The suffixes that a registered format declares."""
        spec = None if self.component is None else self.component.spec
        return [".dat"] if spec is None else spec.facts.get("suffixes", "").split()

    def through_a_file(
        self, frames: Sequence[pd.DataFrame], text: Sequence[str] = ()
    ) -> pd.DataFrame:
        """Return the cells of frames after they were written and opened, each by a new format."""
        with TemporaryDirectory() as folder:
            path = Path(folder) / f"table{(self.suffixes or [''])[0]}"
            remaining = iter(frames)
            try:
                self.make().write(path, remaining)
            except MmcoreError as error:
                if next(remaining, None) is not frames[0]:
                    raise
                raise NotApplicable("it is only read") from error
            opened = self.make().open(path, MissingWords())
            table = opened.table
            cells = pd.concat(list(table.frames(table.names, text)), ignore_index=True)
            require(len(cells) == len(table), f"{len(table)} rows are {len(cells)} in its frames")
        return cells


def declares_suffixes(case: FormatCase) -> None:
    """Its fact `suffixes` lists what its files end with or are called, in lower case and with a dot."""
    if case.component is None:
        raise NotApplicable("it is not a registered component")
    wrong = [s for s in case.suffixes if s != s.lower() or "." not in s]
    require(
        bool(case.suffixes) and not wrong,
        f"the suffixes are {case.suffixes}, expected some like .csv or state.json",
    )


def columns(case: FormatCase) -> None:
    """Columns keep their names and their order, which need not be alphabetical."""
    wanted = ["b", "größe", "a.x__low", "with space", "A"]
    read = case.through_a_file([pd.DataFrame({name: [1.5, 2.5] for name in wanted})], ())
    require(list(read) == wanted, f"the columns {wanted} are read as {list(read)}")


def rows(case: FormatCase) -> None:
    """The rows of all frames are in the file, in their order."""
    frame = pd.DataFrame({"x": np.arange(12.0)})
    read = case.through_a_file([frame[:1], frame[1:8], frame[8:]], ())["x"].tolist()
    require(read == frame["x"].tolist(), f"the rows 0 to 11 of three frames are read as {read}")


def numbers(case: FormatCase) -> None:
    """Integers and booleans, or their texts, are read as they were written, floats to 15 digits."""
    read = case.through_a_file([pd.DataFrame(NUMBERS)], ())
    for name, cells in NUMBERS.items():
        numbers = read[name].map(lambda cell: {"True": 1, "False": 0}.get(cell, cell)).astype(float)
        close = np.allclose(numbers, np.array(cells, float), rtol=1e-15, atol=0)
        require(close, f"the cells {cells} are read as {read[name].tolist()}")


def texts(case: FormatCase) -> None:
    """Texts are read as they were written: letters of any language, separators, quotes, line ends."""
    _require_equal(case, TEXTS, ())


def ids_are_texts(case: FormatCase) -> None:
    """Texts that look like numbers stay texts, exactly, in the columns that are read as text."""
    _require_equal(case, IDS, tuple(IDS))


def missing(case: FormatCase) -> None:
    """Missing numbers and texts stay missing, and no other cell is, in frames without any cell too."""
    frame = pd.DataFrame(GAPS).astype({"word": object})
    read = case.through_a_file([frame[:1], frame[1:]], ())
    for name in GAPS:
        gaps = frame[name].isna().tolist()
        missing = read[name].isna().tolist()
        require(missing == gaps, f"in column '{name}', missing cells {gaps} are read as {missing}")


def damaged(case: FormatCase) -> None:
    """A file that is not of the format raises `MmcoreError`."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"table{(case.suffixes or [''])[0]}"
        path.write_bytes(bytes(range(255, 0, -1)) * 4)
        try:
            case.make().open(path, MissingWords())
        except MmcoreError:
            return
    require(False, "a file of arbitrary bytes is opened without an error")


FORMAT = Kit(
    "format",
    FormatCase,
    FormatCase.of_component,
    (
        *COMPONENT_CHECKS,
        *map(
            Check.of,
            (declares_suffixes, columns, rows, numbers, texts, ids_are_texts, missing, damaged),
        ),
    ),
)


def _require_equal(case: FormatCase, cells: dict[str, list[str]], text: Sequence[str]) -> None:
    read = case.through_a_file([pd.DataFrame(cells)], text)
    for name, wanted in cells.items():
        require(read[name].tolist() == wanted, f"the cells {wanted} are read as {[*read[name]]}")
