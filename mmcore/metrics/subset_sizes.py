"""Means over the subsets of each size."""

from collections.abc import Mapping
from statistics import fmean

from mmcore.reporting.record import Column, Table
from mmcore.reporting.topics import Topic

__all__ = ["by_number_given"]

LEAST_MODALITIES = 3
"""With fewer, every subset is a size of its own, or nearly so."""
COLUMNS = (
    Column(name="mean", best="high"),
    Column(name="lowest subset"),
    Column(name="highest subset"),
)


def by_number_given(
    name: str, topic: Topic, about: str, scores: Mapping[tuple[str, ...], float], modalities: int
) -> list[Table]:
    """Return a table with a row for each size of subset, or nothing for one or two modalities.

    Arguments:
        name: of the table.
        topic: of the table.
        about: what is measured.
        scores: a number by given subset.
        modalities: number of modalities of the model.
    """
    sizes = sorted({len(subset) for subset in scores})
    if modalities < LEAST_MODALITIES or not sizes:
        return []
    groups = {n: [score for k, score in scores.items() if len(k) == n] for n in sizes}
    rows = {str(n): (fmean(own), min(own), max(own)) for n, own in groups.items()}
    counts = ", ".join(f"{len(own)} of {n}" for n, own in groups.items())
    about = f"{about} Mean over the measured subsets of each size ({counts})."
    return [
        Table(
            name=name,
            topic=topic,
            about=about,
            row_label="number given",
            columns=COLUMNS,
            rows=rows,
            folded=True,
        )
    ]
