"""Differences between the data of two evaluated runs: files, split, rows and settings."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from mmcore.reporting.record import EvaluationRecord

__all__ = ["DataDifferences", "EvaluatedRun", "data_differences"]

LABELS = "labels"
SPLITS = {"train": "training", "test": "held-out"}


@dataclass(frozen=True, slots=True)
class EvaluatedRun:
    """An evaluation, and the settings of the data that the run was trained on.

    Arguments:
        name: of the run, among those that are compared.
        record: the evaluation.
        config: the content of ``config.yaml``; empty if it is not known.
    """

    name: str
    record: EvaluationRecord
    config: Mapping[str, Any] = field(default_factory=dict)

    @property
    def data(self) -> Mapping[str, Any]:
        """The settings of the data."""
        document = self.config.get("data")
        return document if isinstance(document, dict) else {}

    @property
    def study(self) -> Mapping[str, Any]:
        """The settings of the study; empty for data sets."""
        document = self.data.get("study")
        return document if isinstance(document, dict) else {}

    def records(self, modality: str) -> Mapping[str, Any]:
        """Return the settings of the records of a modality, or of the labels; empty without any."""
        records = self.study.get("records")
        every = records if isinstance(records, dict) else {}
        record = {**every, LABELS: self.study.get(LABELS)}.get(modality)
        return record if isinstance(record, dict) else {}


@dataclass(frozen=True, slots=True)
class DataDifferences:
    """Clauses about the data of two runs.

    Arguments:
        held_out: differences because of which numbers of held-out records are not comparable.
        others: differences of the training data, and settings that explain a difference.
    """

    held_out: list[str]
    others: list[str]


def data_differences(one: EvaluatedRun, other: EvaluatedRun) -> DataDifferences:
    """Return in what the data of the modalities that both runs have differs."""
    names = [name for name in one.record.modalities if name in other.record.modalities]
    test = [*_kinds(one, other), *_files(one, other), *_records(one, other, [*names, LABELS])]
    test += [*_samples(one, other, "test"), *_items(one, other, names, "test")]
    train = [*_samples(one, other, "training"), *_items(one, other, names, "train")]
    return DataDifferences(test, [*train, *_settings(one, other)])


def _kinds(one: EvaluatedRun, other: EvaluatedRun) -> Iterator[str]:
    if one.record.data != other.record.data:
        yield f"the data is {one.record.data} in {one.name} and {other.record.data} in {other.name}"


def _files(one: EvaluatedRun, other: EvaluatedRun) -> Iterator[str]:
    ours, theirs = one.record.data_files, other.record.data_files
    for name in ours:
        if name in theirs and ours[name] != theirs[name]:
            yield f"the file '{name}' has other content in {other.name} than in {one.name}"


def _records(one: EvaluatedRun, other: EvaluatedRun, names: list[str]) -> Iterator[str]:
    """Yield differing settings of records; the same file may have two names."""
    for name in names:
        ours, theirs = one.records(name), other.records(name)
        for option in dict.fromkeys([*ours, *theirs]):
            mine, its = ours.get(option), theirs.get(option)
            hashes = one.record.data_files.get(str(mine)), other.record.data_files.get(str(its))
            if mine != its and (hashes[0] is None or hashes[0] != hashes[1]):
                yield _each(f"{name}.{option}", one, other, mine, its)


def _samples(one: EvaluatedRun, other: EvaluatedRun, split: str) -> Iterator[str]:
    ours, theirs = one.record.data_samples, other.record.data_samples
    for what in ours:  # those of a modality that only one run has are in one of them
        if what.startswith(f"the {split} ") and ours[what] != theirs.get(what, ours[what]):
            yield f"{what} are not the same"


def _items(one: EvaluatedRun, other: EvaluatedRun, names: list[str], split: str) -> Iterator[str]:
    for name in names:
        counts = [run.record.data_items.get(name, {}).get(split) for run in (one, other)]
        if counts[0] != counts[1]:
            yield _each(f"the number of {SPLITS[split]} items of {name}", one, other, *counts)


def _settings(one: EvaluatedRun, other: EvaluatedRun) -> Iterator[str]:
    """Yield differing settings of the split and of the reading, which may explain the other differences."""
    for name in ("drop", "pairings"):
        if one.data.get(name) != other.data.get(name):
            yield _each(f"data.{name}", one, other, one.data.get(name), other.data.get(name))
    for name in dict.fromkeys([*one.study, *other.study]):
        mine, its = one.study.get(name), other.study.get(name)
        if name not in ("records", LABELS, "base") and mine != its:
            yield _each(name, one, other, mine, its)
    seeds = one.config.get("seed"), other.config.get("seed")
    if seeds[0] != seeds[1]:
        yield _each("seed, which also decides a random split,", one, other, *seeds)


def _each(what: str, one: EvaluatedRun, other: EvaluatedRun, mine: Any, its: Any) -> str:
    return f"{what} is {_short(mine)} in {one.name} and {_short(its)} in {other.name}"


def _short(value: Any) -> str:
    text = "not set" if value is None else str(value)
    return text if len(text) <= 60 else f"{text[:60]}…"
