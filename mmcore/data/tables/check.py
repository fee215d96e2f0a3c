"""What a study holds, told before anything is trained."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from mmcore.config.study import StudyConfig
from mmcore.data.tables.collecting import Collected, collect
from mmcore.data.tables.fit import plan
from mmcore.data.tables.gathering import Places
from mmcore.data.tables.opening import readers_of
from mmcore.data.tables.records import Records
from mmcore.plugins import Catalogue

__all__ = ["Findings", "check"]

SHOWN = 3


@dataclass(frozen=True, slots=True)
class Findings:
    """What there is to say of a study.

    Arguments:
        sides: by modality, how many training and test records it has.
        described: by modality, what its records are.
        overlap: by set of modalities, how many training and test ids have exactly these.
        labels: by class, how many training and test ids have it; empty without labels.
        remarks: what is odd, a sentence each.
        chosen: what a training would choose by the size of the data.
    """

    sides: Mapping[str, tuple[int, int]]
    described: Mapping[str, str]
    overlap: Mapping[tuple[str, ...], tuple[int, int]]
    labels: Mapping[str, tuple[int, int]]
    remarks: list[str]
    chosen: str


def check(
    study: StudyConfig, base: Path, catalogue: Catalogue, given: Path | None = None
) -> Findings:
    """Read all records of a study, as a training would, and return what was found.

    Raises:
        MmcoreError: what a training would refuse too.
    """
    planned = plan(study, base, catalogue, given)
    data = study.data(str(base.resolve()))
    found = collect(data, Places.of(data, given, catalogue), study.seed)
    remarks, described = list(found.notes), {}
    for name, reader in readers_of(planned.config.model.modalities, catalogue).items():
        described[name] = reader.describe(found.train[name])
        remarks += [f"{name}: {told}" for told in reader.findings(found.train[name])]
        remarks += [f"{name}: {told}" for told in reader.read(found.test[name]).notes]
    return Findings(
        sides={n: (len(found.train[n]), len(found.test[n])) for n in found.train},
        described=described,
        overlap=_overlap(found),
        labels=_labels(found),
        remarks=[*remarks, *_twins(found)],
        chosen=planned.chosen,
    )


def _overlap(found: Collected) -> dict[tuple[str, ...], tuple[int, int]]:
    """Return counts by exact set of modalities, the most frequent first."""
    train, test = _sets(found.train), _sets(found.test)
    both = train + test
    return {names: (train[names], test[names]) for names, _ in both.most_common()}


def _sets(records: Mapping[str, Records]) -> Counter[tuple[str, ...]]:
    has: dict[str, list[str]] = {}
    for name, own in records.items():
        for key in own.ids:
            has.setdefault(key, []).append(name)
    return Counter(tuple(names) for names in has.values())


def _labels(found: Collected) -> dict[str, tuple[int, int]]:
    if found.labels is None:
        return {}
    by_id = found.labels.by_id
    train, test = (by_id.reindex(ids).value_counts() for ids in (found.train_ids, found.test_ids))
    counts = {
        name: (int(train.get(name, 0)), int(test.get(name, 0))) for name in found.labels.classes
    }
    without = [int(by_id.reindex(ids).isna().sum()) for ids in (found.train_ids, found.test_ids)]
    return {**counts, "(no label)": (without[0], without[1])} if any(without) else counts


def _twins(found: Collected) -> list[str]:
    """Return ids that differ by case, marks or leading zeros alone: mostly the same person twice."""
    ids = pd.Series(found.train_ids.append(found.test_ids), dtype=object)
    plain = ids.str.casefold().str.replace(r"[\W_]+", "", regex=True).str.lstrip("0")
    twice = plain[plain.duplicated(keep=False) & (plain != "")]
    groups = ids[twice.index].groupby(twice).apply(list)
    if not len(groups):
        return []
    told = "; ".join(" and ".join(f"'{key}'" for key in keys) for keys in groups[:SHOWN])
    return [
        f"{len(groups)} ids have a twin that differs by case, marks or leading zeros alone: {told}"
    ]
