"""``mmcore impute``."""

from typing import TYPE_CHECKING, Annotated, Literal

import typer

from mmcore.cli.options import AcceptChangedData, AllowOutside
from mmcore.cli.parts import Processes, Shard, destination
from mmcore.cli.predictions import Out, Raw, validated, write
from mmcore.cli.records import Batch, Data, DataDir, Run, Seed, Split, opened_query
from mmcore.terminal.printing import Console, grid

if TYPE_CHECKING:
    from mmcore.runs.prediction import Query
    from mmcore.runs.run import Run as OpenedRun

__all__ = ["impute"]


def impute(
    context: typer.Context,
    run: Run,
    out: Out,
    data: Data = None,
    data_dir: DataDir = None,
    accept_changed_data: AcceptChangedData = False,
    split: Split = None,
    level: Annotated[float, typer.Option(help="Probability of an interval.")] = 0.9,
    samples: Annotated[int, typer.Option(help="Draws for a mean and an interval.")] = 199,
    draws: Annotated[
        int | None,
        typer.Option(help="Write this number of draws of each record instead, a row for each."),
    ] = None,
    posterior: Annotated[
        Literal["generation", "corrected"],
        typer.Option(
            help="Distribution of content and styles: of the method, or corrected by importance weights."
        ),
    ] = "generation",
    conformal: Annotated[
        bool,
        typer.Option(
            "--conformal", help="Scale intervals so that they cover the level on held-out records."
        ),
    ] = False,
    batch: Batch = "own",
    seed: Seed = 0,
    allow_outside: AllowOutside = False,
    raw: Raw = False,
    shard: Shard = None,
    processes: Processes = None,
) -> None:
    """Fill missing modalities and cells, with mean and interval or with draws.

    Observed values do not change. The errors of the model, of nearest neighbours and of the column mean
    on held-out records of the run are printed.

    Example: mmcore impute runs/RUN --out completed.csv --level 0.95
    """
    from mmcore.config.predict import ImputeSettings
    from mmcore.plugins import Catalogue
    from mmcore.runs.prediction.conformal import Conformal
    from mmcore.runs.prediction.imputation import FewEffective, records_at_once, writers
    from mmcore.runs.prediction.imputation import impute as carry_out
    from mmcore.runs.prediction.writing import check_place

    catalogue = Catalogue.discover()
    choices = {"level": level, "samples": samples, "draws": draws, "posterior": posterior}
    others = {"conformal": conformal, "batch": batch, "seed": seed}
    settings = validated(ImputeSettings, choices | others)
    place, part = destination(context, catalogue)
    assert place is not None, "--out is given"
    check_place(place, catalogue)
    opened, query = opened_query(
        run,
        data,
        split,
        data_dir,
        accept_changed_data,
        catalogue,
        allow_outside,
        members=True,
        batch=batch,
    )
    query = query.part(part, records_at_once(query, settings))
    for name in query.model.names:
        if name not in writers(query):
            Console().print(f"{name} is an input only: it cannot be written as columns of a table")
    few, scaling = FewEffective(settings.draws or 1), Conformal.of(opened, query, settings)
    frames = few.counted(carry_out(query, settings, scaling))
    write(query, frames, place, catalogue, settings.draws or 1, raw=raw)
    for note in [*few.notes, *([] if scaling is None else scaling.notes)]:
        Console().print(f"note: {note}")
    if part is None or part.number == 1:
        _show_errors(opened, query, seed)


def _show_errors(run: "OpenedRun", query: "Query", seed: int) -> None:
    from mmcore.reporting.numbers import error, number
    from mmcore.runs.prediction.held_out import held_out_errors

    tables, notes = held_out_errors(run, query, seed)
    for table in tables:
        names = [column.name for column in table.columns]
        rows = [
            (
                row,
                *(number(v) + error(table.error(row, place), v) for place, v in enumerate(values)),
                f"{table.count(row, 0)}",
            )
            for row, values in table.rows.items()
        ]
        header, title = [*names, "n"], f"{table.name}, held-out records of the run"
        Console().print(grid([table.row_label, *header], rows, title=title, right=header))
    for note in notes:
        Console().print(f"note: {note}")
