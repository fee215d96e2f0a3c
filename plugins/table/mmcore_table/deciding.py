"""How each column of the training records is read: as numbers of some form, or as text."""

from collections import Counter
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from mmcore import MmcoreError
from mmcore.config.parsing import ColumnParse, Form
from mmcore.data.tables import Records
from mmcore.data.tables.parsing import Decider, layouts, offered, parsed
from mmcore.data.tables.parsing.deciding import ONE_GROUP
from mmcore.data.tables.parsing.times import WHOLE_DAYS, as_days, broken_time, duration_layouts
from mmcore_table.cells import numbers, shown
from mmcore_table.settings import CODED, TableSettings
from mmcore_table.survey import Survey, decimal_marks, point_mark

ALMOST_NUMERIC = 0.5
"""Share of numbers from which a column with texts counts as numeric with invalid cells."""
TEXT = ColumnParse(form="none")
TIMES = ("date", "duration")
FORMS = ("percent", "censored", "unit")


@dataclass(frozen=True, slots=True)
class Decisions:
    """How columns are read.

    Arguments:
        parses: by column, for those that are not plain numbers.
        left_out: columns without an observed cell.
    """

    parses: Mapping[str, ColumnParse]
    left_out: tuple[str, ...]


def declared_text(settings: TableSettings) -> tuple[str, ...]:
    """Return the columns that are declared to have categories, whose cells are read as text."""
    coded = [name for name, kind in settings.types.items() if kind in CODED]
    return (*coded, *(name for name in settings.levels if name not in coded))


def decide(settings: TableSettings, records: Records) -> Decisions:
    """Decide how each column is read.

    Raises:
        MmcoreError: a column needs a decision of the user.
    """
    survey = Survey.of(records, records.names, declared_text(settings))
    _refuse_times(records, survey, settings)
    decider = _decider(settings, records, survey)
    texts = {**survey.texts, **_again(records, survey, decider)}
    parses = {
        name: _parse(name, settings, records, texts.get(name, {}), decider)
        for name in (*texts, *survey.typed)
    }
    parses |= {name: TEXT for name, kind in survey.typed.items() if kind == "truth"}
    return Decisions(
        {name: parse for name, parse in parses.items() if not parse.is_plain},
        tuple(name for name in records.names if name not in survey.observed),
    )


def _decider(settings: TableSettings, records: Records, survey: Survey) -> Decider:
    given = (settings.decimal, settings.thousands)
    declared = [dict.fromkeys(records.names, m) if isinstance(m, str) else m for m in given]
    unclear = any(ONE_GROUP.fullmatch(t.strip()) for texts in survey.texts.values() for t in texts)
    marks = decimal_marks(records, survey)
    if unclear or "," in marks:
        marks |= point_mark(records, survey)
    return Decider(records.source, marks, *declared)


def _again(records: Records, survey: Survey, decider: Decider) -> Mapping[str, Counter[str]]:
    """Return the texts of plain numbers where a point may be a mark between thousands."""
    if "," not in decider.decimals and not decider.decimal and not decider.thousands:
        return {}
    known = {*survey.texts, *survey.typed, *records.table.uniform}
    names = [name for name in records.names if name in survey.observed and name not in known]
    return Survey.of(records, names, names).texts


def _parse(
    name: str,
    settings: TableSettings,
    records: Records,
    texts: Mapping[str, int],
    decider: Decider,
) -> ColumnParse:
    kind, form = settings.types.get(name), settings.parse.get(name)
    if kind in TIMES:
        return _time(name, str(kind), form, records, texts)
    if kind in CODED or name in settings.levels:
        return TEXT if texts else ColumnParse()
    if form is not None:
        return _formed(name, form, records, texts)
    number = decider.number(name, texts, codes=kind is not None)
    if number is not None:
        return number
    if kind is None and (_share(texts) < ALMOST_NUMERIC or decider.number(name, texts, codes=True)):
        return TEXT
    try:
        numbers(records.frame([name], [name]), records)  # raises an error that names the cell
    except MmcoreError as error:
        offer = offered(texts)
        raise (
            error if offer is None else MmcoreError(f"{error}; or {mend(name, offer[0])}")
        ) from error
    raise _wrong(name, records, texts, "has numbers with different marks")


def _share(texts: Mapping[str, int]) -> float:
    """Return the share of cells that are plain numbers."""
    cells = pd.Series(list(texts), dtype=object)
    counts = pd.Series(list(texts.values()), dtype=float)
    fits = [pd.Series(parsed(cells, ColumnParse(decimal=mark))).notna() for mark in (".", ",")]
    codes = cells.str.strip().str.match(r"[+-]?0\d").to_numpy()
    return float(max(counts[fit.to_numpy() & ~codes].sum() for fit in fits) / counts.sum())


def _time(
    name: str, kind: str, layout: str | None, records: Records, texts: Mapping[str, int]
) -> ColumnParse:
    if not texts:
        form: Form = "date" if kind == "date" else "duration"
        days = as_days(records.frame([name])[name], ColumnParse(form=form))
        is_whole = bool((days[~np.isnan(days)] % 1 == 0).all())
        return ColumnParse(form=form, unit=WHOLE_DAYS if is_whole else "")
    if layout is not None:
        return ColumnParse(form="date", layout=layout)
    fitting = layouts(texts) if kind == "date" else duration_layouts(texts)
    if len(fitting) == 1:
        return ColumnParse(form="date" if kind == "date" else "duration", layout=fitting[0])
    broken = broken_time(texts)
    if not fitting and broken is not None and broken[0] == kind:
        raise MmcoreError(
            f"'{records.source}' has columns that are no times; {_broken(name, *broken)}"
        )
    if not fitting:
        what = "is declared a date, and its texts have no layout in common, such as 2020-01-31"
        raise _wrong(
            name, records, texts, what if kind == "date" else what.replace("date", "duration")
        )
    raise MmcoreError(
        f"'{records.source}' has dates such as '{next(iter(texts))}' in column '{name}', which may be"
        f" {' or '.join(fitting)}; write parse: {{{name}: '{fitting[0]}'}} below the modality"
    )


def _formed(name: str, form: str, records: Records, texts: Mapping[str, int]) -> ColumnParse:
    if "%" in form:
        return ColumnParse(form="date", layout=form)
    if form not in FORMS:
        raise MmcoreError(
            f"modality '{records.modality}' has parse '{form}' for column '{name}', expected"
            f" {', '.join(FORMS)}, or a layout of dates such as %d.%m.%Y"
        )
    offer = offered(texts)
    if offer is None or offer[0] != form:
        raise _wrong(name, records, texts, f"is declared {form}, and not all of its cells are")
    return offer[1]


def _wrong(
    name: str, records: Records, texts: Iterable[str], what: str, form: str | None = None
) -> MmcoreError:
    some = " and ".join(f"'{shown(text)}'" for text in list(texts)[:2])
    return MmcoreError(
        f"column '{name}' of '{records.source}' {what}, such as {some}; {mend(name, form)}"
    )


def mend(name: str, form: str | None) -> str:
    """Return how the user decides about a column."""
    leave = f"leave it out with columns: ['*', '!{name}']"
    if form not in (None, *TIMES, *FORMS):
        return leave
    if form in TIMES:
        return f"write types: {{{name}: {form}}} to read days, or {leave}"
    if form is not None:
        return f"write parse: {{{name}: {form}}} to read numbers, or {leave}"
    return f"correct the cells, write types: {{{name}: categorical}}, or {leave}"


def _refuse_times(records: Records, survey: Survey, settings: TableSettings) -> None:
    """Refuse dates and durations that are not declared, and cells that are neither numbers nor texts."""
    declared = {*settings.types, *settings.levels, *settings.parse}
    wrong, others = [], []
    for name, kind in survey.typed.items():
        if kind not in ("truth", settings.types.get(name)):
            wrong.append(f"'{name}' has cells of the type {kind}: {mend(name, kind)}")
    for name, form in offers(survey.texts, declared).items():
        listed = wrong if form in TIMES else others
        cell = next(iter(survey.texts[name]))
        listed.append(f"'{name}' has cells such as '{shown(cell)}': {mend(name, form)}")
    for name, cells in survey.texts.items():
        broken = None if name in declared else broken_time(cells)
        wrong += [_broken(name, *broken)] if broken is not None else []
    if wrong:
        raise MmcoreError(
            f"'{records.source}' has columns that are neither numbers nor categories;"
            f" {'; '.join([*wrong, *others])}"
        )


def _broken(name: str, kind: str, right: str, wrong: str) -> str:
    """Return a clause on a column of times with a cell that is none."""
    return (
        f"'{name}' has {kind}s such as '{shown(right)}', and '{shown(wrong)}', which is no {kind} of this"
        f" layout: correct the cell, add its value to 'missing', write types: {{{name}: categorical}}, or"
        f" leave it out with columns: ['*', '!{name}']"
    )


def offers(texts: Mapping[str, Mapping[str, int]], declared: Container[str]) -> dict[str, str]:
    """Return the form in which columns of texts could be read as numbers, of those not declared."""
    found = {name: offered(cells) for name, cells in texts.items() if name not in declared}
    return {name: offer[0] for name, offer in found.items() if offer is not None}
