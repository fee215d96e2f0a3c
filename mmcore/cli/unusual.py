"""Tables of ``mmcore score`` on unusual records."""

from typing import TYPE_CHECKING

from mmcore.terminal.printing import Console, grid

if TYPE_CHECKING:
    import pandas as pd

    from mmcore.runs.prediction import Query

__all__ = ["show_disagreements", "show_most_unusual", "show_unusual_cells"]


def show_most_unusual(scores: "pd.DataFrame", key: str, rows: int = 10) -> list[str]:
    """Print the records with the lowest percentiles, and return their ids."""
    first = scores.sort_values(["percentile", "log_p"], na_position="last").head(rows)
    numbers = ("log_p", "standard_error", "effective_samples", "percentile")
    cells = [
        (str(row[key]), row["given"], *(f"{row[name]:.1f}" for name in numbers))
        for row in first.to_dict("records")
    ]
    names = [name.replace("_", " ") for name in numbers]
    title = f"the most unusual of {len(scores)} records"
    Console().print(grid([key, "given", *names], cells, title=title, right=names))
    return [str(name) for name in first[key]]


def show_unusual_cells(query: "Query", training: "Query", records: list[str], seed: int) -> None:
    """Print the least likely cells of some records."""
    from mmcore.runs.prediction.unusual import unusual_cells

    lowest = unusual_cells(query, training, records, seed)
    if len(lowest):
        cells = [
            (
                str(row[query.key]),
                row["cell"],
                *(_written(row[name]) for name in ("value", "expected")),
                f"{row['nats']:.1f}",
            )
            for row in lowest.to_dict("records")
        ]
        title = "their least likely cells: log density minus its average over the column"
        names = ("value", "expected", "nats")
        Console().print(grid([query.key, "cell", *names], cells, title=title, right=names))


def show_disagreements(scores: "pd.DataFrame", query: "Query", rows: int = 10) -> None:
    """Print the modalities that do not fit the others of their record."""
    from mmcore.runs.prediction.unusual import FAR, disagreements

    modalities = disagreements(scores, query.key, query.model.names)
    if not len(modalities):
        Console().print(
            f"no modality of a record is {FAR:g} nats and {FAR:g} deviations below the others"
        )
        return
    cells = [
        (
            str(row[query.key]),
            row["modality"],
            f"{row['agreement']:.1f}",
            f"{row['deviations']:.1f}",
        )
        for row in modalities.head(rows).to_dict("records")
    ]
    title = (
        "modalities that do not fit the others of their record, such as swapped samples:"
        f" {len(modalities)}; agreement: log p given the others minus log p alone"
    )
    names = ("agreement", "deviations")
    Console().print(grid([query.key, "modality", *names], cells, title=title, right=names))


def _written(cell: object) -> str:
    return f"{cell:.4g}" if isinstance(cell, float) else str(cell)
