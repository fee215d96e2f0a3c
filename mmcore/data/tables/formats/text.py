"""Tables of texts: cells exactly as in the file, and numbers where a whole column is plain numbers."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import final

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from mmcore.data.tables.missing import MissingWords
from mmcore.data.tables.parsing.numerals import WELL
from mmcore.data.tables.records import Table

__all__ = ["TextTable"]

CODE = r"^[+-]?0[0-9]"
"""A cell with a leading zero is a code and no number."""


@final
class TextTable(Table):
    """A table in memory of which every cell is known as text.

    A column is delivered as numbers if every cell that is not missing is a number with a decimal point,
    and as text otherwise. Each column is converted once.

    Arguments:
        cells: columns of strings; an empty cell is null.
        missing: words that mark a missing cell.
    """

    def __init__(self, cells: pa.Table, missing: MissingWords) -> None:
        self._cells = cells
        self._words = pa.array(sorted(missing.words), pa.string())
        self.removed: dict[str, Counter[str]] = {}
        columns = dict(zip(cells.column_names, cells.columns, strict=True))
        numbers = {name: self._numbers(name, column) for name, column in columns.items()}
        plain = {name: column for name, column in numbers.items() if column is not None}
        self._places = {name: place for place, name in enumerate(plain)}
        self._numeric = np.stack(list(plain.values())) if plain else np.empty((0, len(cells)))

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all columns."""
        return tuple(self._cells.column_names)

    def __len__(self) -> int:
        """Return the number of rows."""
        return int(self._cells.num_rows)

    def frames(self, columns: Sequence[str], text: Sequence[str] = ()) -> Iterator[pd.DataFrame]:
        """Yield all rows at once."""
        as_text = set(text)
        numeric = [name for name in columns if name in self._places and name not in as_text]
        places = np.array([self._places[name] for name in numeric], dtype=np.intp)
        block = self._numeric[places].T
        frame = pd.DataFrame(block, columns=numeric)
        others = [name for name in columns if name not in self._places or name in as_text]
        if others:
            texts = {name: self._cells[name].to_pandas() for name in others}
            frame = pd.concat([frame, pd.DataFrame(texts, index=frame.index)], axis=1)
        yield frame if list(frame) == list(columns) else frame[list(columns)]

    def _numbers(self, name: str, cells: pa.ChunkedArray) -> np.ndarray | None:
        """Return the column as float64, or None if a cell is no plain number."""
        values = _cast(cells)
        if values is None:
            plain = pc.utf8_trim_whitespace(cells)
            marked = pc.is_in(plain, value_set=self._words)
            values = _cast(pc.if_else(marked, pa.scalar(None, pa.string()), plain))
            if values is None:
                return None
            self.removed[name] = Counter(plain.filter(marked).to_pylist())
        has_codes = pc.any(pc.match_substring_regex(cells, CODE)).as_py()
        return None if has_codes or _are_wells(cells) else values


def _are_wells(cells: pa.ChunkedArray) -> bool:
    """Return whether all cells are texts such as 4E10, and at least two are different."""
    known = cells.drop_null()
    if not len(known) or not WELL.fullmatch(known[0].as_py()):
        return False
    matches = pc.match_substring_regex(known, f"^{WELL.pattern}$")
    return bool(pc.all(matches).as_py()) and pc.count_distinct(known).as_py() > 1


def _cast(cells: pa.ChunkedArray) -> np.ndarray | None:
    try:
        values = cells.cast(pa.float64())
    except pa.ArrowInvalid:
        return None
    array: np.ndarray = values.to_numpy()
    # The word nan is a number to Arrow.
    return array if int(np.isnan(array).sum()) == cells.null_count else None
