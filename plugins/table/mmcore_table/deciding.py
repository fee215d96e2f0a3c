"""Decision how each column of the training records is read: as numbers of some form, or as text."""

import re
from collections import Counter
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass

import pandas as pd

from mmcore import MmcoreError
from mmcore.config.parsing import ColumnParse
from mmcore.data.tables import Records
from mmcore.data.tables.parsing import Decider, offered, parsed
from mmcore.data.tables.parsing.deciding import ONE_GROUP
from mmcore.data.tables.parsing.times import broken_time
from mmcore_table.cells import numbers, shown
from mmcore_table.cells import texts as texts_of
from mmcore_table.remedies import FORMS, TIMES, broken, remedy, wrong
from mmcore_table.settings import CODED, TableSettings
from mmcore_table.survey import Survey, decimal_marks, point_mark
from mmcore_table.times import time_parse, with_layout

ALMOST_NUMERIC = 0.5
"""Share of numbers from which a column with texts counts as numeric with invalid cells."""
TEXT = ColumnParse(form="none")
WORD = re.compile(r"[^\W_]")
"""A letter or a digit; cells such as - and . have none, and often mark missing ones."""


@dataclass(frozen=True, slots=True)
class Decisions:
    """The decisions how columns are read.

    Arguments:
        parses: by column, for those that are not plain numbers.
        left_out: columns without an observed cell.
    """

    parses: Mapping[str, ColumnParse]
    left_out: tuple[str, ...]


def declared_text(settings: TableSettings) -> tuple[str, ...]:
    """Return the columns that are declared to have categories or times, whose cells are read as text."""
    coded = [name for name, kind in settings.types.items() if kind in CODED]
    return (*dict.fromkeys([*coded, *settings.levels, *_declared_times(settings)]),)


def decide(settings: TableSettings, records: Records) -> Decisions:
    """Decide how each column is read.

    Raises:
        MmcoreError: a column needs a decision of the user.
    """
    _check_forms(settings, records)
    survey = Survey.of(records, records.names, declared_text(settings))
    _refuse_times(records, survey, settings)
    decider = _decider(settings, records, survey)
    texts = {
        **survey.texts,
        **_again(records, survey, decider),
        **_numbers_as_texts(records, survey, _declared_times(settings)),
    }
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
    unclear = any(ONE_GROUP.search(t) for texts in survey.texts.values() for t in texts)
    marks = decimal_marks(records, survey)
    if unclear or "," in marks:
        marks |= point_mark(records, survey)
    return Decider(records.source, marks, *declared)


def _declared_times(settings: TableSettings) -> list[str]:
    """Return the columns that are declared as dates or durations, which may have numbers: 20200131."""
    typed = [name for name, kind in settings.types.items() if kind in TIMES]
    return [*typed, *(name for name, form in settings.parse.items() if "%" in form)]


def _numbers_as_texts(
    records: Records, survey: Survey, names: Iterable[str]
) -> Mapping[str, Counter[str]]:
    """Return the texts of columns of numbers of a file with types."""
    numeric = [n for n in names if n in survey.observed and n not in {*survey.texts, *survey.typed}]
    frame = records.frame(numeric)
    return {name: Counter(texts_of(frame[name])) for name in numeric}


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
        return time_parse(name, str(kind), form, records, texts)
    if kind in CODED or name in settings.levels:
        return TEXT if texts else ColumnParse()
    if form is not None:
        return _formed(name, form, records, texts, decider)
    number = decider.number(name, texts, codes=kind is not None)
    if number is not None:
        return number
    share, mark = max((_share(texts, mark), mark) for mark in (",", "."))
    if kind is None and (share < ALMOST_NUMERIC or decider.number(name, texts, codes=True)):
        return TEXT
    try:
        # raises an error that names the cell
        numbers(records.frame([name], [name]), records, {name: ColumnParse(decimal=mark)})
    except MmcoreError as error:
        offer = offered(texts)
        raise (
            error if offer is None else MmcoreError(f"{error}; or {remedy(name, offer[0])}")
        ) from error
    raise wrong(name, records, texts, "has numbers with different marks")


def _share(texts: Mapping[str, int], mark: str) -> float:
    """Return the share of numbers with a decimal mark, of the cells that have a letter or a digit."""
    texts = {text: count for text, count in texts.items() if WORD.search(text)}
    if not texts:
        return 0.0
    cells = pd.Series(list(texts), dtype=object)
    counts = pd.Series(list(texts.values()), dtype=float)
    fits = pd.Series(parsed(cells, ColumnParse(decimal=mark))).notna().to_numpy()
    codes = cells.str.strip().str.match(r"[+-]?0\d").to_numpy()
    return float(counts[fits & ~codes].sum() / counts.sum())


def _formed(
    name: str, form: str, records: Records, texts: Mapping[str, int], decider: Decider
) -> ColumnParse:
    if "%" in form:
        return with_layout(name, form, records, texts)
    parse = decider.with_form(name, texts, form)
    if parse is None:
        first, *others = texts
        unlike = [text for text in others if offered([first, text], form) is None]
        raise wrong(
            name,
            records,
            [first, *unlike],
            f"is declared {form}, and its cells have different forms",
        )
    return parse


def _check_forms(settings: TableSettings, records: Records) -> None:
    for name, form in settings.parse.items():
        if form not in FORMS and "%" not in form:
            raise MmcoreError(
                f"modality '{records.modality}' has parse '{form}' for column '{name}', expected"
                f" {', '.join(FORMS)}, or a layout of dates such as %d.%m.%Y"
            )


def _refuse_times(records: Records, survey: Survey, settings: TableSettings) -> None:
    """Refuse dates and durations that are not declared, and cells that are neither numbers nor texts."""
    declared = {*settings.types, *settings.levels, *settings.parse}
    refused, others = [], []
    for name, kind in survey.typed.items():
        own = settings.types.get(name)
        if kind == "truth" and own not in (None, *CODED):
            refused.append(f"'{name}' has true and false, and is declared {own}: declare it binary")
        elif kind not in ("truth", own):
            among = "" if kind in TIMES else ", alone or among others"
            refused.append(f"'{name}' has cells of the type {kind}{among}: {remedy(name, kind)}")
    for name, form in offers(survey.texts, declared).items():
        listed = refused if form in TIMES else others
        cell = next(iter(survey.texts[name]))
        listed.append(f"'{name}' has cells such as '{shown(cell)}': {remedy(name, form, True)}")
    for name, cells in survey.texts.items():
        stray = None if name in declared else broken_time(cells)
        refused += [broken(name, *stray)] if stray is not None else []
    if refused:
        raise MmcoreError(
            f"'{records.source}' has columns that are neither numbers nor categories;"
            f" {'; '.join([*refused, *others])}; such lines stand below '{records.modality}' in the study"
            " file"
        )


def offers(texts: Mapping[str, Mapping[str, int]], declared: Container[str]) -> dict[str, str]:
    """Return the form in which columns of texts could be read as numbers, of those not declared."""
    offers = {name: offered(cells) for name, cells in texts.items() if name not in declared}
    return {name: offer[0] for name, offer in offers.items() if offer is not None}
