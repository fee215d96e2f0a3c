"""Tables that compare our numbers with published numbers, as Markdown."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from mmcore.reporting.experiment import Experiment, PublishedTable
from mmcore.reporting.results import Results, bare

__all__ = ["markdown", "side_by_side"]

NOTHING = "-"


def side_by_side(experiment: Experiment, table: PublishedTable, results: Results) -> list[str]:
    """Return a Markdown table of the models without subspaces, and one of the models with subspaces.

    The best number of a row is bold, separately for our numbers and for the published numbers.
    """
    return [
        _block(experiment, table, results, names)
        for subspaces in (False, True)
        if (names := [n for n, m in experiment.models.items() if m.subspaces == subspaces])
    ]


def markdown(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a Markdown table; all columns but the first are aligned to the right."""
    marks = ["---", *["---:"] * (len(header) - 1)]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (header, marks, *rows))


def _block(
    experiment: Experiment, table: PublishedTable, results: Results, names: Sequence[str]
) -> str:
    header = [table.row_label]
    for name in names:
        header += [experiment.models[name].title, *(["paper"] if table.published else [])]
    rows = [
        [row, *_cells(table, results, names, place)] for place, row in enumerate(table.measures)
    ]
    return markdown(header, rows)


def _cells(table: PublishedTable, results: Results, names: Sequence[str], place: int) -> list[str]:
    measure = list(table.measures.values())[place]
    ours = {name: results.number(name, measure) for name in names}
    theirs = {name: row[place] for name in names if (row := table.published.get(name))}
    best = _best(table, {name: n.rounded(table.digits) for name, n in ours.items() if n})
    best_published = _best(table, {name: n for name, n in theirs.items() if n is not None})
    cells = []
    for name in names:
        number = ours[name]
        shown = NOTHING if number is None else number.shown(table.digits)
        cells.append(_marked(shown, name in best))
        if table.published:
            published = theirs.get(name)
            shown = NOTHING if published is None else bare(str(published))
            cells.append(_marked(shown, name in best_published))
    return cells


def _best(table: PublishedTable, known: Mapping[str, float | Decimal]) -> set[str]:
    if len(known) < 2 or table.best == "none":
        return set()
    best = max(known.values()) if table.best == "high" else min(known.values())
    return {name for name, value in known.items() if value == best}


def _marked(shown: str, is_best: bool) -> str:
    return f"**{shown}**" if is_best else shown
