"""Columns of categories."""

from collections import Counter
from collections.abc import Mapping, Sequence

import pandas as pd

from mmcore import MmcoreError
from mmcore.config.parsing import ColumnParse
from mmcore.data.tables import Records
from mmcore.data.tables.parsing import Decider, offered
from mmcore_table.cells import shown, texts, values, words
from mmcore_table.remedies import remedy
from mmcore_table.settings import CODED, Column, Kind, TableSettings

MOST_CATEGORIES = 50
LEAST_DIFFERENT, DIFFERENT = 10, 0.6
"""Least number of different texts, and share of them among the cells, of a column of identifiers."""


def numbered_columns(
    records: Records,
    different_numbers: Mapping[str, tuple[Kind, tuple[float, ...]]],
    parses: Mapping[str, ColumnParse],
) -> list[Column]:
    """Return columns whose categories are numbers, each spelled as most of its cells.

    Arguments:
        records: the training records.
        different_numbers: by column, its kind and its different numbers, ascending.
        parses: by column, how texts become numbers.
    """
    spelled: dict[str, Counter[str]] = {name: Counter() for name in different_numbers}
    for frame in records.frames(list(different_numbers), list(different_numbers)):
        for name in different_numbers:
            spelled[name].update(texts(frame[name]).value_counts().to_dict())
    columns = []
    for name, (kind, different) in different_numbers.items():
        parse = parses.get(name, ColumnParse())
        known = [text for text, _ in spelled[name].most_common()]
        numbers = values(pd.Series(known, dtype="str"), parse)
        by_number = dict(reversed(list(zip(numbers.tolist(), known, strict=True))))
        plain = words(different, parse)
        categories = tuple(by_number.get(x, w) for x, w in zip(different, plain, strict=True))
        columns.append(_coded(name, kind, categories).model_copy(update={"parse": parse}))
    return columns


def listed_columns(
    settings: TableSettings,
    records: Records,
    names: Sequence[str],
    parses: Mapping[str, ColumnParse],
) -> list[Column]:
    """Return the categorical columns."""
    if not names:
        return []
    values: dict[str, Counter[str]] = {name: Counter() for name in names}
    for frame in records.frames(names, names):
        for name in names:
            values[name].update(texts(frame[name]).value_counts().to_dict())
    columns = [_with_categories(settings, records, name, values[name]) for name in names]
    plain = ColumnParse()
    return [c.model_copy(update={"parse": parses.get(c.name, plain)}) for c in columns]


def _with_categories(
    settings: TableSettings, records: Records, name: str, spellings: Counter[str]
) -> Column:
    _check_levels(settings, records, name, spellings)
    categories = settings.levels.get(name) or tuple(sorted(spellings, key=_sorting))
    declared = settings.types.get(name)
    kind = (
        declared
        if declared in CODED
        else ("ordered" if name in settings.levels else _named(len(spellings)))
    )
    if kind == "binary" and len(categories) != 2:
        raise MmcoreError(
            f"column '{name}' of '{records.source}' is declared binary and contains {len(categories)}"
            f" different values, such as {', '.join(categories[:3])}; declare it categorical"
        )
    if (
        kind == "ordered"
        and name not in settings.levels
        and any(_sorting(c)[0] for c in categories)
    ):
        raise MmcoreError(
            f"column '{name}' of '{records.source}' is declared ordered and has texts without a known order,"
            f" such as {', '.join(repr(shown(c)) for c in categories[:3])}; write their order, lowest"
            f" first, as levels: {{{name}: [{', '.join(map(shown, categories[:3]))}, ..]}}"
        )
    if len(categories) > MOST_CATEGORIES:
        raise _too_many(name, records, f"more than {MOST_CATEGORIES}", categories)
    if declared is None and not settings.levels.get(name) and _is_identifier(spellings):
        raise _too_many(name, records, "nearly as many as it has cells", categories)
    return _coded(name, kind, categories)


def _is_identifier(spellings: Counter[str]) -> bool:
    """Return whether most texts occur once or twice, as names and identifiers do."""
    return len(spellings) >= LEAST_DIFFERENT and len(spellings) > DIFFERENT * spellings.total()


def _too_many(name: str, records: Records, what: str, categories: Sequence[str]) -> MmcoreError:
    offer = offered(categories)
    form = None if offer is None else offer[0]
    codes = any(c.startswith("0") for c in categories) and Decider("").number(
        name, categories, codes=True
    )
    way = (
        f"declare it with types: {{{name}: real}} if it has numbers"
        if codes
        else remedy(name, form)
    )
    if form is None and not codes:
        way = (
            f"exclude it with columns: ['*', '!{name}'], or declare it under 'types' as categorical"
        )
        if len(categories) > MOST_CATEGORIES:
            way = f"exclude it with columns: ['*', '!{name}']"
    return MmcoreError(
        f"column '{name}' of '{records.source}' has {len(categories)} different texts, such as"
        f" {', '.join(repr(shown(c)) for c in categories[:3])}, {what}; {way}"
    )


def _named(different: int) -> Kind:
    return "binary" if different == 2 else "categorical"


def _coded(name: str, kind: Kind, categories: tuple[str, ...]) -> Column:
    places = max(len(categories) - 1, 1)
    return Column(name=name, kind=kind, loc=places / 2, scale=places / 2, categories=categories)


def _sorting(category: str) -> tuple[int, float, str]:
    try:
        return 0, float(category), category
    except ValueError:
        return 1, 0.0, category


def _check_levels(
    settings: TableSettings, records: Records, name: str, spellings: Counter[str]
) -> None:
    levels = settings.levels.get(name, ())
    twice = next((level for level, count in Counter(levels).items() if count > 1), None)
    if twice is not None:
        raise MmcoreError(
            f"column '{name}' of '{records.source}' has the level '{twice}' twice; write each level once,"
            " lowest first"
        )
    if levels and spellings and not set(levels) & set(spellings):
        some = ", ".join(f"'{shown(text)}'" for text in list(spellings)[:3])
        raise MmcoreError(
            f"column '{name}' of '{records.source}' has none of its levels {', '.join(levels)}; its cells"
            f" are texts such as {some}: write the levels as they stand there, in quotes"
        )
