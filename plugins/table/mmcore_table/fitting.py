"""Fitting the kind, the center and the scale of each column to the training records."""

from collections.abc import Mapping, Sequence

from mmcore import MmcoreError
from mmcore.config.parsing import ColumnParse
from mmcore.data.tables import Records
from mmcore.errors import nearest
from mmcore_table.categories import listed_columns, numbered_columns
from mmcore_table.cells import numbers
from mmcore_table.deciding import decide
from mmcore_table.moments import FEW, Moments
from mmcore_table.settings import CODED, Column, Kind, TableSettings

HEAVY_TAILS = 20.0
"""Excess kurtosis above which a column has a Student-t likelihood."""
LEAST_SPREAD = 100
"""Counts have a standard deviation of more than a hundredth of their mean."""
FAR, EXACT = 1000.0, 2.0**24
"""How far from 0, in standard deviations, the values of a column have an offset; and constants."""
SMALLEST = 1e-15
"""Smallest standard deviation whose square is in the range of float32."""


def fit_columns(settings: TableSettings, records: Records) -> TableSettings:
    """Return the settings with the fitted columns, in the order of the records.

    Raises:
        MmcoreError: an option names an unknown column, a cell is invalid for its column, or a column
            needs a decision of the user.
    """
    _check_names(settings, records)
    decisions = decide(settings, records)
    parses = decisions.parses
    names = [name for name in records.names if name not in set(decisions.left_out)]
    text = [name for name in names if _is_listed(name, settings, parses)]
    numeric = [name for name in names if name not in set(text)]
    found = {
        c.name: c
        for c in (
            *_numeric(settings, records, numeric, parses),
            *listed_columns(settings, records, text, parses),
        )
    }
    return settings.model_copy(
        update={"fitted": tuple(found[name] for name in names), "left_out": decisions.left_out}
    )


def _check_names(settings: TableSettings, records: Records) -> None:
    marks = [marks for marks in (settings.decimal, settings.thousands) if isinstance(marks, dict)]
    for option in (settings.types, settings.levels, settings.parse, *marks):
        for name in option:
            if name not in records.names:
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
) -> list[Column]:
    if not names:
        return []
    moments = Moments(len(names))
    for frame in records.frames(names, list(parses)):
        moments.add(numbers(frame, records, parses))
    loc, scale, tails = moments.centered()
    log_loc, log_scale = moments.logged()
    columns, coded = [], dict[str, tuple[Kind, tuple[float, ...]]]()
    for i, name in enumerate(names):
        parse = parses.get(name, ColumnParse())
        declared = settings.types.get(name)
        kind = _kind(moments, i, loc[i], scale[i], tails[i], parse)
        if declared not in (None, "date", "duration"):
            kind = declared
        if kind in ("count", "zero-inflated"):
            _check_counts(records, name, moments, i)
            column = _column(name, kind, log_loc[i], log_scale[i], moments.is_constant[i])
        elif kind in CODED:
            coded[name] = (kind, tuple(sorted(moments.values[i] or ())))
            continue
        else:
            column = _centered(name, kind, loc[i], scale[i], moments.is_constant[i], records)
        columns.append(column.model_copy(update={"parse": parse}))
    return [*columns, *numbered_columns(records, coded, parses)]


def _kind(
    moments: Moments, i: int, mean: float, deviation: float, tails: float, parse: ColumnParse
) -> Kind:
    heavy: Kind = "student" if tails > HEAVY_TAILS else "real"
    if parse.form != "number":
        return heavy
    values = moments.values[i]
    if values is not None and len(values) == 2:
        return "binary"
    if moments.whole[i] and values is not None and 3 <= len(values) <= FEW:
        return "ordered"
    spread = deviation**2 > mean > 0 and deviation * LEAST_SPREAD > mean
    if moments.whole[i] and moments.low[i] >= 0 and spread:
        dispersion = mean**2 / (deviation**2 - mean)
        expected = (dispersion / (dispersion + mean)) ** dispersion
        return "zero-inflated" if moments.zeros[i] / moments.count[i] > expected + 0.1 else "count"
    return heavy


def _centered(
    name: str, kind: Kind, loc: float, scale: float, is_constant: bool, records: Records
) -> Column:
    """Return a column of numbers, with an offset if float32 cannot resolve its values."""
    if not is_constant and scale < SMALLEST:
        raise MmcoreError(
            f"column '{name}' of '{records.source}' has a standard deviation of {scale:.2g}, expected at"
            f" least {SMALLEST:g}; multiply the column by a power of ten"
        )
    if (is_constant and abs(loc) < EXACT) or (not is_constant and abs(loc) < FAR * scale):
        return _column(name, kind, loc, scale, is_constant)
    offset = float(f"{loc:.15g}")
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
    )


def _check_counts(records: Records, name: str, moments: Moments, i: int) -> None:
    if moments.low[i] < 0 or not moments.whole[i]:
        raise MmcoreError(
            f"column '{name}' of '{records.source}' is declared a count and contains negative values or"
            f" fractions, from {moments.low[i]:g} to {moments.high[i]:g}; declare it real"
        )
