"""Fitting the kind, the center and the scale of each column to the training records."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase

import numpy as np

from mmcore import MmcoreError
from mmcore.config.parsing import ColumnParse
from mmcore.data.tables import Records
from mmcore.errors import nearest
from mmcore_table.categories import listed_columns, numbered_columns
from mmcore_table.cells import check_sparse, numbers
from mmcore_table.deciding import decide
from mmcore_table.density import COMPARED, LEAST_ROWS, MOST_COLUMNS, MOST_ROWS, likelier_as_real
from mmcore_table.kinds import Kinds, kinds_of
from mmcore_table.moments import Moments
from mmcore_table.positive import positive_columns
from mmcore_table.settings import CODED, Column, CountsBy, Kind, TableSettings

FAR, EXACT = 1000.0, 2.0**24
"""Distance from 0, in standard deviations, above which columns have an offset; and that of constants."""
SMALLEST = 1e-15
"""Smallest standard deviation whose square is in the range of float32."""


def fit_columns(settings: TableSettings, records: Records) -> TableSettings:
    """Return the settings with the fitted columns, in the order of the records.

    Raises:
        MmcoreError: an option names an unknown column, a cell is invalid for its column, or a column
            needs a decision of the user.
    """
    _check_names(settings, records)
    own = _with_stated(settings, records)
    decisions = decide(own, records)
    parses, left_out = decisions.parses, set(decisions.left_out)
    names = [name for name in records.names if name not in left_out]
    text = [name for name in names if _is_listed(name, own, parses)]
    columns = {c.name: c for c in listed_columns(own, records, text, parses)}
    positive = [name for name in names if own.types.get(name) == "positive"]
    columns |= {c.name: c for c in positive_columns(records, positive, parses)}
    counted: CountsBy = ""
    by_density: list[str] = []
    for some, uniform in _numbered(records, [name for name in names if name not in columns]):
        numeric, inferred = _numeric(own, records, some, parses, uniform)
        columns |= {column.name: column for column in numeric}
        counted = inferred.counted or counted
        by_density += inferred.by_density
    return settings.model_copy(
        update={
            "fitted": tuple(columns[name] for name in names),
            "left_out": decisions.left_out,
            "counted": counted,
            "by_density": tuple(by_density),
        }
    )


def _with_stated(settings: TableSettings, records: Records) -> TableSettings:
    """Return the settings with the categories that the file states, which declared kinds replace."""
    declared, names = settings.types_of(records.names), set(records.names)
    free = names - declared.keys() - settings.levels.keys() - settings.parse.keys()
    stated = {n: levels for n, levels in records.table.categories.items() if n in free}
    types = {name: "ordered" if levels else "categorical" for name, levels in stated.items()}
    levels = {name: levels for name, levels in stated.items() if levels}
    return settings.model_copy(
        update={"types": types | declared, "levels": levels | dict(settings.levels)}
    )


def _numbered(records: Records, names: Sequence[str]) -> list[tuple[list[str], bool]]:
    """Return the columns that are measurements of one kind, and the others, if there are some."""
    uniform = records.table.uniform
    sides = [([n for n in names if (n in uniform) == kind], kind) for kind in (False, True)]
    return [side for side in sides if side[0]]


def _check_names(settings: TableSettings, records: Records) -> None:
    marks = [marks for marks in (settings.decimal, settings.thousands) if isinstance(marks, dict)]
    known = set(records.names)
    for option in (settings.types, settings.levels, settings.parse, *marks):
        for name in option:
            is_pattern = option is settings.types and any(fnmatchcase(n, name) for n in known)
            if name not in known and not is_pattern:
                raise MmcoreError(
                    f"modality '{records.modality}' has no column '{name}', which 'types', 'levels',"
                    f" 'parse', 'decimal' or 'thousands' names{nearest(name, records.names)}"
                )


def _is_listed(name: str, settings: TableSettings, parses: Mapping[str, ColumnParse]) -> bool:
    """Return True if the values of a column are categories and not numbers."""
    declared = settings.types.get(name) in CODED or name in settings.levels
    return declared or (name in parses and parses[name].form == "none")


def _numeric(
    settings: TableSettings,
    records: Records,
    names: Sequence[str],
    parses: Mapping[str, ColumnParse],
    uniform: bool,
) -> tuple[list[Column], Kinds]:
    """Return columns of numbers, and how their kinds were inferred."""
    ways = [parses.get(name, ColumnParse()) for name in names]
    plain = [
        n not in settings.types and w.form == "number" for n, w in zip(names, ways, strict=True)
    ]
    moments = _moments(records, names, {} if uniform else parses, not uniform)
    inferred = kinds_of(moments, np.array(plain), uniform)
    if not uniform:
        inferred = _by_density(inferred, records, names, parses)
    loc, scale, _ = moments.centered()
    log_loc, log_scale = moments.logged()
    columns, coded = [], dict[str, tuple[Kind, tuple[float, ...]]]()
    for i, (name, kind, parse) in enumerate(zip(names, inferred.kinds, ways, strict=True)):
        declared = settings.types.get(name)
        if declared not in (None, "positive", "date", "duration"):
            kind = declared
        if kind in ("count", "zero-inflated"):
            _check_counts(records, name, moments, i)
            column = _column(name, kind, log_loc[i], log_scale[i], moments.is_constant[i])
        elif kind in CODED:
            coded[name] = (kind, tuple(sorted(moments.values[i] or ())))
            continue
        else:
            far = 0.0 if parse.form in ("date", "duration") else FAR
            column = _centered(name, kind, loc[i], scale[i], moments.is_constant[i], records, far)
        columns.append(column.model_copy(update={"parse": parse}))
    return [*columns, *numbered_columns(records, coded, parses)], inferred


def _by_density(
    inferred: Kinds, records: Records, names: Sequence[str], parses: Mapping[str, ColumnParse]
) -> Kinds:
    """Return the kinds with normal likelihoods where held-out cells are likelier with them."""
    comparable = any(kind in COMPARED for kind in inferred.kinds)
    if not comparable or len(records) < LEAST_ROWS or len(names) > MOST_COLUMNS:
        return inferred
    rows = np.random.default_rng(0).permutation(len(records))[:MOST_ROWS]
    some = records.only(np.isin(np.arange(len(records)), rows))
    x = np.concatenate([numbers(part, some, parses) for part in some.frames(names, list(parses))])
    real = likelier_as_real(x, inferred.kinds)
    return replace(
        inferred,
        kinds=["real" if own else kind for own, kind in zip(real, inferred.kinds, strict=True)],
        by_density=tuple(name for name, own in zip(names, real, strict=True) if own),
    )


def _moments(
    records: Records, names: Sequence[str], parses: Mapping[str, ColumnParse], levels: bool
) -> Moments:
    moments, rows = Moments(len(names), levels), None if levels else records.sparse(names)
    if rows is None:
        for frame in records.frames(names, list(parses)):
            moments.add(numbers(frame, records, parses))
        return moments
    check_sparse(rows, names, records)
    for chunk in rows.chunks():
        moments.add_sparse(chunk)
    return moments


def _centered(
    name: str,
    kind: Kind,
    loc: float,
    scale: float,
    is_constant: bool,
    records: Records,
    far: float,
) -> Column:
    """Return a column of numbers, with an offset if float32 cannot resolve its values.

    The offset of times is a whole day, so that whole days stay exact.
    """
    if not is_constant and scale < SMALLEST:
        raise MmcoreError(
            f"column '{name}' of '{records.source}' has a standard deviation of {scale:.2g}, expected at"
            f" least {SMALLEST:g}; multiply the column by a power of ten"
        )
    if (is_constant and abs(loc) < EXACT) or (not is_constant and abs(loc) < far * scale):
        return _column(name, kind, loc, scale, is_constant)
    offset = float(f"{loc:.15g}") if far else round(loc)
    column = _column(name, kind, loc - offset, scale, is_constant)
    return column.model_copy(update={"offset": offset})


def _column(name: str, kind: Kind, loc: float, scale: float, is_constant: bool) -> Column:
    # float32 has nine digits at most. The scale of a constant column is 1.
    tiny = 1e-6 * max(abs(loc), 1e-12)
    usable = scale > 0 and (scale > tiny or not is_constant)
    return Column(
        name=name,
        kind=kind,
        loc=float(f"{loc:.9g}"),
        scale=float(f"{scale:.6g}") if usable else max(1e-6, abs(loc)) if loc else 1.0,
        is_constant=is_constant and kind in ("real", "student"),
    )


def _check_counts(records: Records, name: str, moments: Moments, i: int) -> None:
    if moments.low[i] < 0 or not moments.whole[i]:
        raise MmcoreError(
            f"column '{name}' of '{records.source}' is declared a count and contains negative values or"
            f" fractions, from {moments.low[i]:g} to {moments.high[i]:g}; declare it real"
        )
