"""Sentences on the columns of a table, for ``mmcore data check`` and ``mmcore train``."""

import re
from collections.abc import Container, Iterator, Sequence
from hashlib import blake2b
from itertools import pairwise

import numpy as np
import pandas as pd
from torch import Tensor

from mmcore.data.tables import Records, SparseRows, Values, alike, garbled
from mmcore.data.tables.missing import USUAL, MarkedTable
from mmcore.data.tables.parsing.numerals import are_codes
from mmcore_table.cells import shown
from mmcore_table.deciding import offers
from mmcore_table.remedies import remedy
from mmcore_table.settings import Column, CountsBy
from mmcore_table.survey import Survey

LEAST_ROWS = 10
FIRST, EXAMPLES, NAMED = 12, 2, 3
"""Columns and cells that are shown."""
NUMBER = re.compile(r"[^\w'\"]{0,3}\d")
COMPACT_DATES = 19000101, 20991231
"""The range of dates that are written as numbers such as 20200131."""
LOST = "their order and distance are lost; correct the cells, or declare how to read them with types or parse"
MOST = 0.5


def without_cells(names: Sequence[str]) -> tuple[str, ...]:
    """Return a note on columns of which nothing is learned."""
    if not names:
        return ()
    return (
        f"columns without any cell in the training records are left out and stay unchanged in imputed tables:"
        f" {_some(names)}",
    )


def lost_categories(columns: Sequence[Column], records: Records) -> tuple[str, ...]:
    """Return notes on categories of the training, such as NA, that count as missing in these records."""
    known = {column.name: set(column.categories) for column in columns if column.is_coded}
    names = [name for name, words in known.items() if words & set(USUAL)]
    if not names or not isinstance(records.table, MarkedTable):
        return ()
    return tuple(
        f"'{word}' is a category of column '{name}' in the training records, and counts as missing in {count}"
        f" cells of '{records.source}'; write keep_na: true in the study file"
        for name, counts in records.table.counts(names).items()
        for word, count in counts.items()
        if word in known[name]
    )


def examples_of(columns: Sequence[Column], records: Records) -> list[str]:
    """Return the kind of each of the first columns with the first different cells."""
    some = columns[:FIRST]
    names = [column.name for column in some]
    cells: dict[str, list[str]] = {name: [] for name in names}
    for frame in records.frames(names, names):
        for name in names:
            known = frame[name].dropna().drop_duplicates().head(EXAMPLES)
            # float32 is shown with its own digits, and a duration not in nanoseconds
            plain = known.astype(object) if known.dtype.kind in "mM" else known.to_numpy()
            cells[name] += map(shown, plain)
    lines = [f"{c.name} {_kind(c)} ({', '.join(cells[c.name][:EXAMPLES])})" for c in some]
    others = len(columns) - len(some)
    return [*lines, f"{others} more"] if others else lines


def readings_of(columns: Sequence[Column], records: Records, declared: Container[str]) -> list[str]:
    """Return how texts of columns are read, and what in categories looks like a mistake.

    Arguments:
        columns: all columns.
        records: the training records.
        declared: the columns of which the user has declared a kind.
    """
    marked = [c for c in columns if c.parse.form != "none" and not c.parse.is_plain]
    by_way: dict[str, list[Column]] = {}
    for column in marked:
        by_way.setdefault(_way(column), []).append(column)
    names = [c.name for c in columns if c.parse.form == "none"]
    survey = Survey.of(records, [*names, *(c.name for c in marked)], [c.name for c in columns])
    notes = [
        f"{way} in {_listed(own)}, such as {_cells(survey, own[0].name)}"
        for way, own in by_way.items()
    ]
    undeclared = [name for name in names if name not in declared]
    return [
        *notes,
        *_numbers_in_categories(undeclared, survey),
        *_look_alikes(columns),
        *_damaged(columns),
        *_compact(columns, declared),
    ]


def counts_of(counted: CountsBy, columns: int) -> list[str]:
    """Return a note on the columns that are counts because of the columns beside them."""
    notes = {
        "matrix": f"its {columns} columns are one matrix of whole numbers from 0, so that all are counts;"
        " types: {'*': real} changes this, or the name of a column in place of '*'",
        "table": "its columns of whole numbers from 0 are counts, those of few values as well, because"
        " they are a table of counts; types: {NAME: ordered} has levels instead",
    }
    return [notes[counted]] if counted else []


def densities_of(names: Sequence[str]) -> list[str]:
    """Return a note on the columns of whole numbers that have a normal likelihood."""
    if not names:
        return []
    which = f"{len(names)} columns of whole numbers, such as '{names[0]}', are"
    return [
        f"{which if len(names) > 1 else f'the whole numbers of {names[0]!r} are'} read as real numbers,"
        " because held-out cells are likelier with a normal distribution than as counts or levels;"
        f" types: {{{names[0]}: count}} or ordered decides otherwise"
    ]


def positive_of(names: Sequence[str]) -> list[str]:
    """Return a note on columns of positive numbers whose logarithms should be modeled."""
    if not names:
        return []
    return [
        f"positive numbers vary by more than half of their mean, so that intervals of imputed ones may reach"
        f" below 0: {_some(names)}; types: {{{names[0]}: positive}} models their logarithm"
    ]


def row_numbers(columns: Sequence[Column], values: Values, records: Records) -> list[str]:
    """Return a remark on columns that grow by the same step in each row, as a number of the row does."""
    if len(records) < LEAST_ROWS or not isinstance(values, Tensor):
        return []
    rows = np.arange(len(records)) if records.rows is None else records.rows
    cells = values.double().numpy()
    steps = np.diff(cells, axis=0) / np.diff(rows)[:, None]
    even = (steps != 0).all(0) & (steps == steps[:1]).all(0)
    names = [c.name for c, own in zip(columns, even, strict=True) if own and c.is_plain]
    return [
        f"column '{name}' grows by the same step in each row, as a number of the row does; leave it out with"
        f" columns: ['*', '!{name}']"
        for name in names[:NAMED]
    ]


def repeated(columns: Sequence[Column], values: Values) -> list[str]:
    """Return notes on constant columns and on duplicates."""
    constant: list[str] = []
    first: dict[bytes, str] = {}
    same = []
    for column, content in zip(columns, _contents(values), strict=True):
        if content is None:
            constant.append(column.name)
            continue
        twin = first.setdefault(content, column.name)
        if twin != column.name:
            same.append(f"'{column.name}' is '{twin}'")
    notes = []
    if constant:
        notes.append(f"{len(constant)} columns are constant, such as '{constant[0]}'")
    if same:
        notes.append(f"{len(same)} columns are duplicates: {', '.join(same[:NAMED])}")
    return notes


def _contents(values: Values) -> Iterator[bytes | None]:
    """Yield a digest of the cells of each column, None if the column is constant."""
    if not isinstance(values, SparseRows):
        for place in range(values.shape[1]):
            cells = values[:, place].numpy() if isinstance(values, Tensor) else values.column(place)
            known = cells[~np.isnan(cells)]
            constant = not len(known) or bool((known == known[0]).all())
            yield None if constant else blake2b(cells.tobytes()).digest()
        return
    matrix = values.select(np.arange(len(values))).tocsc()
    matrix.eliminate_zeros()
    for begin, end in pairwise(matrix.indptr):
        cells, rows = matrix.data[begin:end], matrix.indices[begin:end]
        constant = not len(cells) or (len(cells) == len(values) and bool((cells == cells[0]).all()))
        yield None if constant else rows.tobytes() + cells.tobytes()


def _numbers_in_categories(names: Sequence[str], survey: Survey) -> list[str]:
    """Return notes on columns of categories whose texts begin with numbers."""
    forms = offers({name: survey.texts[name] for name in names if name in survey.texts}, ())
    notes = []
    for name in names:
        texts = pd.Series(survey.texts.get(name, {}), dtype=float)
        begins = [bool(NUMBER.match(str(text))) for text in texts.index]
        if len(texts) and texts[begins].sum() > MOST * texts.sum():
            is_code = are_codes(survey.texts[name])
            others = (
                f"codes, such as those with leading zeros; types: {{{name}: real}} for numbers"
                if is_code
                else LOST
            )
            advice = remedy(name, forms[name]) if name in forms else others
            notes.append(
                f"column '{name}' has {len(texts)} categories that begin with numbers, such as"
                f" {_cells(survey, name)}: {advice}"
            )
    return notes


def _look_alikes(columns: Sequence[Column]) -> list[str]:
    """Return notes on categories that look alike."""
    groups = {column.name: alike(column.categories) for column in columns}
    return [
        f"column '{name}' has categories that differ by case, blanks or the encoding of letters alone:"
        f" {' and '.join(repr(text) for text in some[0])}; if they are the same, correct the cells"
        for name, some in groups.items()
        if some
    ]


def _damaged(columns: Sequence[Column]) -> list[str]:
    """Return notes on categories with letters that a program has read in another encoding."""
    damaged = {column.name: garbled(column.categories) for column in columns}
    return [
        f"column '{name}' has letters of another encoding, such as in '{some[0]}'; save the file again as"
        " UTF-8"
        for name, some in damaged.items()
        if some
    ]


def _compact(columns: Sequence[Column], declared: Container[str]) -> list[str]:
    """Return a note on numbers that may be dates."""
    names = [c.name for c in columns if c.is_plain and c.name not in declared and _has_dates(c)]
    if not names:
        return []
    return [
        f"columns of numbers may have dates such as 20200131: {_some(names)}; types: {{{names[0]}: date}}"
        " reads days"
    ]


def _has_dates(column: Column) -> bool:
    low, high = COMPACT_DATES
    center = column.loc + column.offset
    return low < center - 2 * column.scale and center + 2 * column.scale < high


def _way(column: Column) -> str:
    parse = column.parse
    forms = {
        "percent": "percentages are read as their numbers",
        "censored": "a limit such as <0.5 is read as 0.5",
        "unit": f"the unit {parse.unit} follows the numbers",
        "date": "dates are read as days since 1970-01-01",
        "duration": "durations are read as days",
    }
    marks = []
    if parse.decimal == ",":
        marks.append("decimal commas")
    if parse.thousands:
        marks.append(f"'{parse.thousands}' between thousands")
    numbers = f"numbers have {' and '.join(marks)}" if marks else ""
    return "; ".join(filter(None, [forms.get(parse.form, ""), numbers]))


def _kind(column: Column) -> str:
    if column.is_coded:
        return f"{column.kind} of {len(column.categories)}"
    return column.title


def _cells(survey: Survey, name: str) -> str:
    texts = survey.texts.get(name)
    if texts is None:
        return "those of its type"
    return " and ".join(f"'{shown(text)}'" for text in list(texts)[:EXAMPLES])


def _listed(columns: Sequence[Column]) -> str:
    some = _some([column.name for column in columns])
    return f"column {some}" if len(columns) == 1 else f"{len(columns)} columns: {some}"


def _some(names: Sequence[str]) -> str:
    listed = ", ".join(f"'{name}'" for name in names[:NAMED])
    return f"{listed} and {len(names) - NAMED} more" if len(names) > NAMED else listed
