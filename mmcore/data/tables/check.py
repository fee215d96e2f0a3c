"""A report on the records of a study, before a model is trained."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from mmcore.config.study import StudyConfig
from mmcore.data.tables.fit import fit_study
from mmcore.data.tables.likely_mistakes import (
    missing_words,
    suspicious_ids,
    suspicious_labels,
    suspicious_names,
    transposed,
    visible_labels,
)
from mmcore.data.tables.open import notes_of, readers_of
from mmcore.data.tables.records import Records
from mmcore.data.tables.study import StudyRecords
from mmcore.errors import documented
from mmcore.plugins import Catalogue
from mmcore.plugins.configured import check_components

__all__ = ["StudyReport", "check_study"]


WITHOUT = "(no label)"


@dataclass(frozen=True, slots=True)
class StudyReport:
    """A report on the records of a study.

    Arguments:
        sizes: by modality, the number of training and of test records.
        described: by modality, a description of its records.
        overlap: by set of modalities, the number of training and of test ids with exactly these.
        labels: by class, the number of training and of test ids; empty without labels.
        remarks: unusual properties, a sentence each, the important ones first.
        columns: by modality, a word on the type of each column with examples of its cells.
        chosen: the settings that a training would choose by the size of the data.
    """

    sizes: Mapping[str, tuple[int, int]]
    described: Mapping[str, str]
    overlap: Mapping[tuple[str, ...], tuple[int, int]]
    labels: Mapping[str, tuple[int, int]]
    remarks: list[str]
    columns: Mapping[str, list[str]]
    chosen: str


@documented("studies")
def check_study(
    study: StudyConfig, base: Path, catalogue: Catalogue, data_dir: Path | None = None
) -> StudyReport:
    """Read all records of a study, as a training would, and return a report.

    Raises:
        MmcoreError: a training would raise it too.
    """
    fit = fit_study(study, base, catalogue, data_dir)
    check_components(fit.config, catalogue)
    records, labels = fit.study, _labels(fit.study)
    files = {name: modality.records.get("file") for name, modality in study.modalities.items()}
    remarks = [
        *_suspicions(records, labels),
        *visible_labels(records.train, study.labels, files),
    ]
    described, columns = {}, {}
    for name, reader in readers_of(fit.config.model.modalities, catalogue).items():
        described[name] = reader.describe(records.train[name])
        remarks += [f"{name}: {finding}" for finding in reader.findings(records.train[name])]
        readings = [{name: reader.read(side[name])} for side in (records.train, records.test)]
        remarks += notes_of(readings)
        columns[name] = reader.examples(records.train[name])
    return StudyReport(
        sizes={n: (len(records.train[n]), len(records.test[n])) for n in records.train},
        described=described,
        overlap=_overlap(records),
        labels=labels,
        remarks=remarks,
        columns={name: examples for name, examples in columns.items() if examples},
        chosen=fit.chosen,
    )


def _suspicions(records: StudyRecords, labels: Mapping[str, tuple[int, int]]) -> list[str]:
    return [
        *transposed(records.train),
        *records.notes,
        *suspicious_ids(
            {name: [*own.ids, *records.test[name].ids] for name, own in records.train.items()}
        ),
        *suspicious_names(records.train),
        *missing_words((records.train, records.test)),
        *suspicious_labels({name: n for name, n in labels.items() if name != WITHOUT}),
    ]


def _overlap(records: StudyRecords) -> dict[tuple[str, ...], tuple[int, int]]:
    """Return counts by exact set of modalities, the most frequent first."""
    train, test = _sets(records.train), _sets(records.test)
    both = train + test
    return {names: (train[names], test[names]) for names, _ in both.most_common()}


def _sets(records: Mapping[str, Records]) -> Counter[tuple[str, ...]]:
    modalities: dict[str, list[str]] = {}
    for name, own in records.items():
        for key in own.ids:
            modalities.setdefault(key, []).append(name)
    return Counter(tuple(names) for names in modalities.values())


def _labels(records: StudyRecords) -> dict[str, tuple[int, int]]:
    if records.labels is None:
        return {}
    by_id, classes = records.labels.by_id, records.labels.classes
    sides = [by_id.reindex(ids) for ids in (records.train_ids, records.test_ids)]
    train, test = (labels.value_counts() for labels in sides)
    counts = {name: (int(train.get(name, 0)), int(test.get(name, 0))) for name in classes}
    without = [int(labels.isna().sum()) for labels in sides]
    return {**counts, WITHOUT: (without[0], without[1])} if any(without) else counts
