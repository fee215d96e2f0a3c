"""Properties of ids, names and labels that suggest a mistake in the files."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from itertools import combinations

from mmcore.data.tables.missing import MarkedTable
from mmcore.data.tables.records import Records

__all__ = ["missing_words", "suspicious_ids", "suspicious_labels", "transposed"]

LEAST_NAMES = 20
"""Fewer names of columns are not compared."""
SAME = 0.9
GENE = re.compile(r"ENS[A-Z]*G\d+(\.\d+)?|[A-Z][A-Za-z0-9]{1,9}(-[A-Z0-9]+)?")
FLOAT = re.compile(r"\d+\.0+")
SHOWN = 3


def transposed(records: Mapping[str, Records]) -> list[str]:
    """Return remarks on modalities whose columns may be samples, by name of the modality."""
    names = {name: own.names for name, own in records.items() if len(own.names) >= LEAST_NAMES}
    remarks = []
    for one, other in combinations(names, 2):
        both = set(names[one]) & set(names[other])
        same = len(both) >= SAME * max(len(names[one]), len(names[other]))
        # Measurements such as genes may have the same names too; mostly they are more than the samples.
        if same and len(both) < min(len(records[one]), len(records[other])):
            remarks.append(
                f"{len(both)} columns of {one} and {other} have the same names, such as"
                f" {_some(names[one])}, and fewer than ids; if they are samples, write"
                " transpose: true for both"
            )
    return remarks or [
        f"the ids of {name}, such as {_some(records[name].ids)}, may be features, and its"
        f" {len(own)} columns, such as {_some(own)}, samples; if so, write transpose: true"
        for name, own in names.items()
        if _is_numbered(own) and _are_features(records[name].ids)
    ]


def suspicious_ids(records: Mapping[str, Records]) -> list[str]:
    """Return remarks on ids that are written as fractions, such as 100.0."""
    remarks = []
    for name, own in records.items():
        if len(own) and all(map(FLOAT.fullmatch, own.ids)):
            remarks.append(
                f"the ids of {name} are written as fractions, such as {_some(own.ids)}; id_style: integer in"
                " the study file reads them as whole numbers"
            )
    return remarks


def suspicious_labels(counts: Mapping[str, tuple[int, int]]) -> list[str]:
    """Return a remark on classes with one record or none on a side of the split."""
    rare = [name for name, sides in counts.items() if min(sides) < 2]
    if not rare:
        return []
    return [
        f"{len(rare)} classes have one record or none in the training or the test records, such as"
        f" {_some(rare)}; their measurements mean little: use split: stratify, or join classes"
    ]


def missing_words(sides: Iterable[Mapping[str, Records]]) -> list[str]:
    """Return, by modality, how many cells of its files each word has marked as missing, by column."""
    counts: dict[str, dict[str, Counter[str]]] = {}
    tables: set[int] = set()
    for side in sides:
        for name, own in side.items():
            if isinstance(own.table, MarkedTable) and id(own.table) not in tables:
                tables.add(id(own.table))
                for column, words in own.table.counts(own.names).items():
                    by_column = counts.setdefault(name, {}).setdefault(column, Counter())
                    by_column.update(words)
    return [f"{name}: {_counted(by_column)}" for name, by_column in counts.items()]


def _counted(by_column: Mapping[str, Counter[str]]) -> str:
    total: Counter[str] = sum(by_column.values(), Counter())
    parts = []
    for word, count in total.most_common(SHOWN):
        columns = {name: words[word] for name, words in by_column.items() if words[word]}
        listed = ", ".join(f"{name} {n}" for name, n in list(columns.items())[:SHOWN])
        more = f" and {len(columns) - SHOWN} more columns" if len(columns) > SHOWN else ""
        parts.append(f"'{word}' in {count} cells ({listed}{more})")
    return f"words that count as missing: {'; '.join(parts)}; see missing and keep_na"


def _shape(name: str) -> str:
    return re.sub(r"\d+", "#", name)


def _is_numbered(names: Iterable[str]) -> bool:
    """Return whether nearly all names are one word with different numbers, such as P001."""
    shapes = Counter(map(_shape, names))
    shape, count = shapes.most_common(1)[0]
    return "#" in shape and count >= SAME * shapes.total()


def _are_features(ids: Iterable[str]) -> bool:
    every = list(ids)
    genes = sum(GENE.fullmatch(key) is not None for key in every)
    ensembl = bool(every) and all(key.startswith("ENS") for key in every)
    return len(every) > 1 and genes >= SAME * len(every) and (ensembl or not _is_numbered(every))


def _some(names: Iterable[str]) -> str:
    return ", ".join(f"'{name}'" for name in list(names)[:SHOWN])
