"""Properties of ids, names and labels that suggest a mistake in the files."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations, permutations

import pandas as pd

from mmcore.config.study import LabelsConfig
from mmcore.data.tables.missing import MarkedTable
from mmcore.data.tables.records import Records
from mmcore.data.tables.spelling import alike, garbled

__all__ = [
    "missing_words",
    "samples_hint",
    "suspicious_ids",
    "suspicious_labels",
    "suspicious_names",
    "transposed",
    "visible_labels",
]

LEAST_NAMES = 20
"""Fewer names of columns are not compared."""
SAME = 0.9
GENE = re.compile(r"ENS[A-Z]*G\d+(\.\d+)?|[A-Z][A-Za-z0-9]{1,9}(-[A-Z0-9]+)?")
FLOAT = re.compile(r"\d+\.0+")
SHORTENED = re.compile(r"\d+\.\d+[eE][+-]?\d+|\d+[eE]\+\d+")
FRACTION = re.compile(r"-?\d+[.,]\d+")
NUMBER = re.compile(r"[+-]?\d+(\.\d*)?")
MONTH = "(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
GENE_DATE = re.compile(rf"\d{{1,2}}-{MONTH}|{MONTH}-\d{{2}}")
TOTALS = {"total", "sum", "mean", "average", "median", "sd", "std", "min", "max", "count"}
SPLITS = {"train", "training", "val", "valid", "validation", "dev", "test", "testing"}
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
        if (_is_numbered(own) or _are_barcodes(own)) and _are_features(records[name].ids)
    ]


def samples_hint(records: Mapping[str, Records]) -> str:
    """Return a hint if the columns of a modality are ids or columns of another one, or an empty text."""
    for name, other in permutations(records, 2):
        columns = pd.Index(records[name].names)
        for what, names in (("ids", records[other].ids), ("columns", records[other].names)):
            shared = columns.intersection(pd.Index(names))
            if len(shared) > 1 and len(shared) >= len(columns) / 2:
                below = name if what == "ids" else f"{name} and {other}"
                return (
                    f"columns of '{name}', such as {_some(shared)}, are {what} of '{other}'; if they are"
                    f" samples, write transpose: true below {below}"
                )
    return ""


def suspicious_ids(ids: Mapping[str, Sequence[str]]) -> list[str]:
    """Return remarks on ids that a program has changed, and on rows that are no records."""
    remarks = []
    for name, own in ids.items():
        if len(own) and all(map(FLOAT.fullmatch, own)):
            remarks.append(
                f"the ids of {name} are written as fractions, such as {_some(own)}; id_style: integer in"
                " the study file reads them as whole numbers"
            )
        if shortened := list(filter(SHORTENED.fullmatch, own)):
            remarks.append(
                f"the ids of {name} have numbers that a program has shortened, such as {_some(shortened)};"
                " write the file again with ids as text"
            )
        if totals := [key for key in own if key.strip().casefold() in TOTALS]:
            remarks.append(
                f"the rows {_some(totals)} of {name} may be sums of the others; if so, remove them from"
                " the file"
            )
        remarks += _gene_dates(f"the ids of {name}", own)
        remarks += _garbled(f"the ids of {name}", own)
    return remarks


def suspicious_names(records: Mapping[str, Records]) -> list[str]:
    """Return remarks on names of columns that may be cells, or that a spreadsheet has changed."""
    remarks = []
    for name, own in records.items():
        fractions = list(filter(FRACTION.fullmatch, own.names))
        if len(fractions) > len(own.names) / 2:
            remarks.append(
                f"the columns of {name} have numbers as names, such as {_some(fractions)}; if the file has no"
                " names of columns, write header: none"
            )
        remarks += _gene_dates(f"the columns of {name}", own.names)
        remarks += _garbled(f"the columns of {name}", own.names)
        remarks += [
            f"the columns {' and '.join(map(repr, group))} of {name} differ by case, blanks or the encoding"
            " of letters alone; if they are the same, join them in the file"
            for group in alike(own.names)[:SHOWN]
        ]
    return remarks


def _gene_dates(what: str, names: Iterable[str]) -> list[str]:
    dates = list(filter(GENE_DATE.fullmatch, names))
    if not dates:
        return []
    return [
        f"{what} have names such as {_some(dates)}, which spreadsheets make of genes such as MARCHF1 and"
        " SEPTIN2; correct them"
    ]


def _garbled(what: str, names: Iterable[str]) -> list[str]:
    damaged = garbled(names)
    if not damaged:
        return []
    return [
        f"{what} have letters of another encoding, such as in {_some(damaged)}; save the file again as UTF-8"
    ]


def visible_labels(
    records: Mapping[str, Records], config: LabelsConfig | None, files: Mapping[str, str | None]
) -> list[str]:
    """Return remarks on the column of the labels in the file of a modality, which the model learns from.

    Arguments:
        records: by modality.
        config: the labels of the study.
        files: by modality, the name of its file.
    """
    if config is None or config.file is None:
        return []
    return [
        f"{name} has the column '{config.column}', which has the name of the labels, as a measurement; leave"
        f" it out with columns: ['*', '!{config.column}'] if it is the label"
        for name, own in records.items()
        if files[name] != config.file and config.column in own.names
    ]


def suspicious_labels(counts: Mapping[str, tuple[int, int]]) -> list[str]:
    """Return remarks on classes of few records, and on names of classes."""
    return [*_rare_classes(counts), *_names_of_classes(list(counts))]


def _names_of_classes(names: list[str]) -> list[str]:
    remarks = [
        f"the classes {' and '.join(repr(name) for name in group)} differ by case, blanks or the encoding of"
        " letters alone; if they are the same, correct the labels"
        for group in alike(names)[:SHOWN]
    ]
    numbers: dict[float, list[str]] = {}
    for name in filter(NUMBER.fullmatch, names):
        numbers.setdefault(float(name), []).append(name)
    remarks += [
        f"the classes {' and '.join(map(repr, group))} are the same number; if they are one class, correct"
        " the labels"
        for group in numbers.values()
        if len(group) > 1
    ][:SHOWN]
    if len(names) == 1:
        remarks.append(f"all labels are {names[0]!r}, so that nothing can be measured with them")
    if names and {name.casefold() for name in names} <= SPLITS:
        remarks.append(
            f"the classes {_some(names)} may be the sides of a split; if so, name the folders of the classes,"
            " such as folder: img/train and split: {test: {..: img/test}}"
        )
    return remarks


def _rare_classes(counts: Mapping[str, tuple[int, int]]) -> list[str]:
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


def _are_barcodes(names: Iterable[str]) -> bool:
    """Return whether nearly all names have digits and marks in the same places, such as TCGA-A1-A0SB."""
    shapes = Counter(re.sub("[A-Za-z0-9]", "x", name) for name in names if re.search(r"\d", name))
    return bool(shapes) and max(shapes.values()) >= SAME * len(list(names))


def _are_features(ids: Iterable[str]) -> bool:
    every = list(ids)
    genes = sum(GENE.fullmatch(key) is not None for key in every)
    ensembl = bool(every) and all(key.startswith("ENS") for key in every)
    return len(every) > 1 and genes >= SAME * len(every) and (ensembl or not _is_numbered(every))


def _some(names: Iterable[str]) -> str:
    return ", ".join(f"'{name}'" for name in list(names)[:SHOWN])
