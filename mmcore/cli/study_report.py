"""The report of ``mmcore data check``, the most important remarks first."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from mmcore.terminal.printing import Console, grid

if TYPE_CHECKING:
    from mmcore.data.tables.check import StudyReport

__all__ = ["show_report", "show_table"]

REMARKS, ROWS = 14, 10
"""Remarks and rows of a table that are shown; the others are counted."""


def show_report(report: "StudyReport", console: Console) -> None:
    """Print a report."""
    for remark in report.remarks[:REMARKS]:
        console.print(f"note: {remark}")
    if len(report.remarks) > REMARKS:
        console.print(f"note: {len(report.remarks) - REMARKS} more notes")
    rows: list[tuple[object, ...]] = [
        (name, train, test, report.described[name]) for name, (train, test) in report.sizes.items()
    ]
    show_table(console, "records", ("modality", "train", "test", "what"), rows)
    for name, examples in report.columns.items():
        console.print(f"{name}: {'; '.join(examples)}")
    if report.labels:
        rows = [(name, *counts) for name, counts in report.labels.items()]
        show_table(console, "labels", ("class", "train", "test"), _first(rows))
    names = list(report.sizes)
    rows = [
        (*("●" if name in chosen else "·" for name in names), *counts)
        for chosen, counts in report.overlap.items()
    ]
    show_table(console, "ids by modalities", (*names, "train", "test"), _first(rows))
    console.print(f"chosen {report.chosen}")


def show_table(
    console: Console, title: str, columns: Sequence[str], rows: Sequence[tuple[object, ...]]
) -> None:
    """Print a table with a title."""
    cells = [tuple(map(str, row)) for row in rows]
    console.print(grid(columns, cells, title=title, right=("train", "test")))


def _first(rows: list[tuple[object, ...]]) -> list[tuple[object, ...]]:
    """Return the first rows, and one with the sums of the others."""
    others = rows[ROWS:]
    if not others:
        return rows
    sums = [sum(int(str(row[place])) for row in others) for place in (-2, -1)]
    blank = [""] * (len(rows[0]) - 3)
    return [*rows[:ROWS], (f"{len(others)} more", *blank, *sums)]
