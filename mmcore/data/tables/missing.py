"""Missing cells of a table: empty ones, and those with a declared word."""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from mmcore.data.tables.parsing.numerals import CODE, Marks, pattern
from mmcore.data.tables.records import Table
from mmcore.data.tables.sparse import compact

__all__ = ["USUAL", "MarkedTable", "MissingWords"]

NUMERAL = re.compile("|".join(pattern(Marks(mark, "")) for mark in (".", ",")))
THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2},\d{3}")
"""More often a number of thousands than a fraction with a decimal comma."""
USUAL = (
    "#N/A",
    "#N/A N/A",
    "#NA",
    "-1.#IND",
    "-1.#QNAN",
    "-NaN",
    "-nan",
    "1.#IND",
    "1.#QNAN",
    "<NA>",
    r"\N",
    "N/A",
    "NA",
    "NULL",
    "NaN",
    "None",
    "n/a",
    "nan",
    "null",
)
"""The words that pandas reads as missing."""


@dataclass(frozen=True, slots=True)
class MissingWords:
    """The words that mark a missing cell; an empty cell is missing as well.

    Arguments:
        declared: words of the user, compared without blanks around them.
        usual: words such as NA, for files without types.

    Example:
        >>> import pandas as pd
        >>> from mmcore.data.tables.missing import MissingWords
        >>> words = MissingWords.of(["-999"])
        >>> words.mask(pd.Series(["NA", " ", "a", "-999"])).tolist()
        [True, True, False, True]
        >>> words.mask(pd.Series([-999.0, 1.0])).tolist()
        [True, False]
    """

    declared: frozenset[str] = frozenset()
    usual: frozenset[str] = frozenset(USUAL)

    @classmethod
    def of(cls, declared: Sequence[str] | None, keep_na: bool = False) -> "MissingWords":
        """Return the declared words, and the usual ones such as NA.

        Arguments:
            declared: words of the user; if the sequence is empty, the usual words are left out.
            keep_na: leave out the usual words.
        """
        usual = () if keep_na or (declared is not None and not declared) else USUAL
        return cls(frozenset(word.strip() for word in declared or ()), frozenset(usual))

    @property
    def words(self) -> frozenset[str]:
        """All words."""
        return self.declared | self.usual

    def of_types(self) -> "MissingWords":
        """Return the words for a file with types, whose missing cells need no word such as NA."""
        return MissingWords(self.declared, frozenset())

    @property
    def numbers(self) -> dict[float, str]:
        """The words that are numbers, which mark equal numbers as well, also in single precision."""
        values = {word: pd.to_numeric(word, errors="coerce") for word in sorted(self.words)}
        double = {float(value): word for word, value in values.items() if not np.isnan(value)}
        return {float(np.float32(value)): word for value, word in double.items()} | double

    def mask(self, cells: pd.Series) -> pd.Series:
        """Return which cells are missing."""
        if pd.api.types.is_bool_dtype(cells):
            return cells.isna()
        if pd.api.types.is_numeric_dtype(cells):
            return cells.isna() | cells.isin(list(self.numbers))
        if cells.dtype.kind in "mM":
            return cells.isna() | _times(cells).isin(self.words)
        if cells.dtype != object and not isinstance(cells.dtype, pd.StringDtype):
            return cells.isna()
        if isinstance(cells.dtype, pd.StringDtype):
            places, texts = pd.factorize(cells)  # a column has few different texts
            marked = np.append(self._marked(texts), True)[places]
        else:
            marked = self._marked(cells)
        return cells.isna() | pd.Series(marked, cells.index, dtype=bool)

    def _marked(self, cells: Iterable[object]) -> np.ndarray:
        marks, numbers = {*self.words, ""}, self.numbers
        return np.array([_is_marked(cell, marks, numbers) for cell in cells], dtype=bool)

    def applied(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Return a frame whose marked cells are missing."""
        if all(kind.kind in "fiub" for kind in frame.dtypes):
            numbers = list(self.numbers)
            marked = frame.isin(numbers) if numbers else None
            return frame if marked is None or not marked.any(axis=None) else frame.mask(marked)
        columns = {}
        for name, cells in frame.items():
            marked = self.mask(cells)
            columns[name] = cells.where(~marked) if marked.any() else cells
        return pd.DataFrame(columns, index=frame.index, columns=frame.columns)

    def counted(self, cells: pd.Series) -> Counter[str]:
        """Return how many cells have each word."""
        numeric = pd.api.types.is_numeric_dtype(cells)
        marked = cells[self.mask(cells)].dropna()
        if numeric:
            numbers = self.numbers
            return Counter(numbers[float(cell)] for cell in marked)
        plain = _times(marked) if cells.dtype.kind in "mM" else marked.astype(str).str.strip()
        return Counter(word for word in plain if word)


def _is_marked(cell: object, marks: Collection[str], numbers: Collection[float]) -> bool:
    """Return whether a text, or a number in a column that has texts as well, is a word."""
    if isinstance(cell, str):
        plain = cell.strip()
        return plain in marks or (bool(numbers) and _spelled(plain) in numbers)
    is_number = isinstance(cell, int | float | np.number) and not isinstance(cell, bool)
    return is_number and cell in numbers


def _spelled(text: str) -> float:
    """Return the number that a text such as -999.0, -999,0 or 9,999 spells, NaN if it spells none."""
    if CODE.fullmatch(text) or not NUMERAL.fullmatch(text):
        return np.nan
    plain = text.replace(",", "" if THOUSANDS.fullmatch(text) else ".")
    return float(plain.replace("\N{MINUS SIGN}", "-"))


def _times(cells: pd.Series) -> pd.Series:
    """Return times as texts such as 2020-01-31, with hours and seconds if they are not all zero."""
    return cells.astype(str).str.removesuffix(" 00:00:00")


class MarkedTable(Table):
    """A table whose cells with a word for missing cells are missing.

    Arguments:
        table: the table, as a format has opened it.
        missing: the words.
        removed: by column, how many cells with each word the format has read as missing.
    """

    def __init__(
        self,
        table: Table,
        missing: MissingWords,
        removed: Mapping[str, Mapping[str, int]] | None = None,
    ) -> None:
        self._table, self._missing, self._removed = table, missing, removed or {}

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all columns."""
        return self._table.names

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self._table)

    def frames(self, columns: Sequence[str], text: Sequence[str] = ()) -> Iterator[pd.DataFrame]:
        """Yield some columns of all rows."""
        for frame in self._table.frames(columns, text):
            yield self._missing.applied(frame)

    @property
    def uniform(self) -> frozenset[str]:
        """The columns that are measurements of one kind."""
        return self._table.uniform

    @property
    def categories(self) -> Mapping[str, tuple[str, ...]]:
        """The columns that the file states to be categorical, without the words for missing cells."""
        stated = self._table.categories.items()
        marks, numbers = self._missing.words, self._missing.numbers
        return {
            name: tuple(level for level in levels if not _is_marked(level, marks, numbers))
            for name, levels in stated
        }

    def sparse(self, columns: Sequence[str]) -> Any:
        """Return some columns as a sparse matrix, if there is one in which zeros are not missing."""
        matrix, words = self._table.sparse(columns), list(self._missing.numbers)
        if matrix is None or 0.0 in words:
            return None
        marked = np.isin(matrix.data, words)
        if not marked.any():
            return matrix
        cells = np.where(marked, np.nan, matrix.data.astype(np.float64))
        return compact(type(matrix)((cells, matrix.indices, matrix.indptr), matrix.shape))

    def counts(self, columns: Sequence[str]) -> dict[str, Counter[str]]:
        """Return, by column, how many cells are missing because of each word."""
        matrix = self._table.sparse(columns)
        if matrix is not None:
            return self._counts_in(matrix, columns)
        counts = {name: Counter(self._removed.get(name, {})) for name in columns}
        for frame in self._table.frames(columns):
            for name, cells in frame.items():
                if cells.dtype.kind != "f" or self._missing.numbers:
                    counts[str(name)] += self._missing.counted(cells)
        return {name: words for name, words in counts.items() if words}

    def _counts_in(self, matrix: Any, columns: Sequence[str]) -> dict[str, Counter[str]]:
        counts: dict[str, Counter[str]] = {}
        for number, word in self._missing.numbers.items():
            equal = matrix.data != 0 if number == 0 else np.isin(matrix.data, [number])
            count = np.bincount(matrix.indices[equal], minlength=len(columns))
            count = len(self) - count if number == 0 else count
            for place in count.nonzero()[0].tolist():
                counts.setdefault(columns[place], Counter())[word] += int(count[place])
        return counts
