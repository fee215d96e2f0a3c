"""``mmcore explain``."""

import math
from typing import TYPE_CHECKING, Annotated

import typer

from mmcore.cli.options import AcceptChangedData, AllowOutside
from mmcore.cli.records import Data, DataDir, Run, Seed, Split, opened_query
from mmcore.terminal.printing import Console, grid

if TYPE_CHECKING:
    from mmcore.regression import Regression
    from mmcore.runs.prediction.explaining import Explanation

__all__ = ["explain", "is_mixed"]

SHOWN = 10


def explain(
    run: Run,
    record: Annotated[str, typer.Option("--id", help="Id of the record.")],
    target: Annotated[str, typer.Option(help="Column that is predicted, as MODALITY.COLUMN.")],
    data: Data = None,
    data_dir: DataDir = None,
    accept_changed_data: AcceptChangedData = False,
    split: Split = None,
    seed: Seed = 0,
    allow_outside: AllowOutside = False,
) -> None:
    """Show which modalities and which cells of a record a predicted value depends on.

    Example: mmcore explain runs/RUN --id P042 --target protein.p53
    """
    from mmcore.plugins import Catalogue
    from mmcore.runs.prediction.explaining import explain as carry_out
    from mmcore.runs.prediction.query import readable_training

    catalogue = Catalogue.discover()
    opened, query = opened_query(
        run, data, split, data_dir, accept_changed_data, catalogue, allow_outside
    )
    training = readable_training(opened, query)
    explanation = carry_out(query, training, record, target, seed)
    _show(explanation, record)
    if is_mixed(explanation, query.model.regression):
        Console().print(
            "note: mmcore impute mixes numbers with those of a regression, which is not explained, so that"
            " its value differs (see docs/prediction.md)"
        )


def is_mixed(explanation: "Explanation", regression: "Regression | None") -> bool:
    """Return whether `mmcore impute` mixes the predicted number with that of a regression."""
    return explanation.interval is not None and regression is not None and bool(regression.names)


def _show(explanation: "Explanation", record: str) -> None:
    console = Console()
    console.print(f"{record}: {explanation.target} is predicted as {_prediction(explanation)}")
    if explanation.observed:
        console.print("the record has a value, which the prediction does not use, nor its modality")
    rows = [
        (
            row["modality"],
            explanation.form(row["without"]),
            f"{row['change']:+.4g}",
            _share(row["intervals"]),
        )
        for row in explanation.modalities.to_dict("records")
    ]
    names = ("without it", "change", "change in intervals")
    console.print(grid(["modality", *names], rows, title="change by each modality", right=names))
    console.print(
        f"at the means of content and style it is {explanation.form(explanation.end)}, and"
        f" {explanation.form(explanation.start)} if all numbers of the record were average; the contributions"
        " of the cells are the difference"
    )
    cells = [
        (row["cell"], row["value"], row["average"], f"{row['contribution']:+.4g}")
        for row in explanation.cells.head(SHOWN).to_dict("records")
    ]
    names = ("value", "average", "contribution")
    title = f"the {len(cells)} cells of {len(explanation.cells)} that contribute most"
    console.print(grid(["cell", *names], cells, title=title, right=names))


def _prediction(explanation: "Explanation") -> str:
    if explanation.interval is None:
        return f"{explanation.shown} with probability {explanation.value:.2f}"
    low, high = map(explanation.form, explanation.interval)
    return f"{explanation.shown} (90 % interval: {low} to {high})"


def _share(intervals: float) -> str:
    return "" if math.isnan(intervals) else f"{intervals:+.2f}"
