"""Overview of the data: which samples have which modalities."""

from collections import Counter

import torch
from pydantic import BaseModel

from mmcore.data import Samples
from mmcore.inference.representation.subsets import subset_name
from mmcore.metrics.base import Figure, Measured, Metric, Subject
from mmcore.metrics.figures.plots import tiles
from mmcore.reporting.record import Column, FigureRecord, Table

__all__ = ["OverviewMetric"]

MOST, OTHERS, NONE = 30, "(other patterns)", "(no modality)"
COLUMNS = tuple(
    Column(name=name) for name in ("training samples", "held-out samples", "modalities")
)


class OverviewMetric(Metric[BaseModel]):
    """Numbers of samples that have the same modalities."""

    uses = ()

    def measure(self, subject: Subject) -> Measured:
        """Return a table with a row for each pattern, the most frequent first."""
        data, names = subject.data, subject.model.names
        counts = [_patterns(samples, names) for samples in (data.train, data.test)]
        ordered = [pattern for pattern, _ in (counts[0] + counts[1]).most_common()]
        shown = ordered if len(ordered) <= MOST else ordered[: MOST - 1]
        rows: dict[str, tuple[float | None, ...]] = {
            _named(p, names): (*(float(c[p]) for c in counts), float(sum(p))) for p in shown
        }
        if len(shown) < len(ordered):
            rest = [float(sum(c[p] for p in ordered[len(shown) :])) for c in counts]
            rows[OTHERS] = (*rest, None)
        about = (
            f"Which of the {len(names)} modalities the {len(data.train)} training samples and the"
            f" {len(data.test)} held-out samples have, the most frequent pattern first: {len(ordered)}"
            " patterns. Single missing cells of a modality do not count."
        )
        table = Table(
            name="data overview",
            topic="overview",
            about=about,
            row_label="pattern",
            columns=COLUMNS,
            rows=rows,
        )
        total = counts[0] + counts[1]
        drawing = tiles({pattern: total[pattern] for pattern in ordered}, names)
        return Measured([table], figures=[Figure(_RECORD, drawing)])


_RECORD = FigureRecord(
    name="overview",
    topic="overview",
    title="Which samples have which modalities",
    about="A row for each modality, with the number of samples that have it. Training and held-out samples"
    " are side by side, those with the same modalities together: dark where they have the modality, light"
    " where they lack it.",
    alt="A row of dark and light blocks for each modality, as wide as the number of samples.",
)


def _patterns(samples: Samples, names: tuple[str, ...]) -> Counter[tuple[bool, ...]]:
    everyone = torch.ones(len(samples), dtype=torch.bool)
    masks = torch.stack([samples.present.get(name, everyone) for name in names], 1)
    patterns, counts = masks.unique(dim=0, return_counts=True)
    return Counter(dict(zip(map(tuple, patterns.tolist()), counts.tolist(), strict=True)))


def _named(pattern: tuple[bool, ...], names: tuple[str, ...]) -> str:
    return subset_name([n for n, has in zip(names, pattern, strict=True) if has]) or NONE
