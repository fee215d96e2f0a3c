"""The records for the commands impute, embed, score and explain, and their options."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from mmcore.terminal.printing import Console

if TYPE_CHECKING:
    from mmcore.plugins import Catalogue
    from mmcore.runs.prediction import Query
    from mmcore.runs.run import Run as OpenedRun

__all__ = ["Batch", "Data", "DataDir", "Run", "Seed", "Split", "opened_query"]

Run = Annotated[Path, typer.Argument(help="Folder of a finished run.")]
Data = Annotated[
    Path | None,
    typer.Option(help="Study file with new records. [default: the run's own records]"),
]
DataDir = Annotated[
    Path | None, typer.Option(help="Folder of the data. [default: that of the training]")
]
Split = Annotated[
    Literal["all", "train", "test"] | None,
    typer.Option(
        help="Which of the run's own records. [default: all of a study, test of other data]"
    ),
]
Batch = Annotated[
    Literal["own", "reference"],
    typer.Option(
        help="Predict values of the batch of each record, or of the reference batch; see 'Batch effects'"
        " in docs/studies.md."
    ),
]
Seed = Annotated[int, typer.Option(help="Seed of everything random.")]


def opened_query(
    run: Path,
    data: Path | None,
    split: Any,
    data_dir: Path | None,
    accept: bool,
    catalogue: "Catalogue",
    allow_outside: bool,
    *,
    members: bool = False,
    batch: Literal["own", "reference"] = "own",
) -> "tuple[OpenedRun, Query]":
    """Return the run, and a query over its own or over new records; print the remarks.

    With ``members``, the folder may be that of an ensemble: the first run is returned, and a query with
    the models of all.

    Raises:
        MmcoreError: the run is not finished, or no record can be read.
    """
    from mmcore.errors import MmcoreError
    from mmcore.runs.members import open_members
    from mmcore.runs.prediction import open_query
    from mmcore.runs.run import Run as OpenedRun

    if members:
        runs = open_members(run, catalogue, allow_outside=allow_outside)
    else:
        runs = [OpenedRun.open(run, catalogue, allow_outside=allow_outside)]
    opened = runs[0]
    query = open_query(
        opened, data, split, data_dir=data_dir, accept_changed_data=accept, batch=batch
    )
    for note in query.notes:
        Console().print(f"note: {note}")
    if not len(query):
        raise MmcoreError("no record has a value; see the study file")
    return opened, query.pooled([other.model for other in runs[1:]])
