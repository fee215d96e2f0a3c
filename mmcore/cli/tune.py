"""``mmcore tune``."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mmcore.cli.completion import several
from mmcore.cli.options import AllowOutside
from mmcore.cli.parsing import parts
from mmcore.terminal.printing import Console, grid

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["tune"]

SHOWN = 5
"""Best trials in the printed table."""


def tune(
    study: Annotated[Path, typer.Argument(help="A study file.")],
    out: Annotated[Path, typer.Option(help="Folder of the trials, a new one or one to continue.")],
    minutes: Annotated[
        float, typer.Option(help="Time after which no trial begins; the last one is finished.")
    ] = 10.0,
    method: Annotated[
        str | None,
        typer.Option(
            help="Methods that are compared, separated by commas. [default: that of the study, or"
            " mmjsd,factors]",
            autocompletion=several("method"),
        ),
    ] = None,
    trials: Annotated[
        int | None, typer.Option(help="Number of trials in the folder. [default: no limit]")
    ] = None,
    folds: Annotated[int, typer.Option(help="Folds of the cross-validation.")] = 3,
    processes: Annotated[int, typer.Option(help="Trials at the same time.")] = 1,
    seed: Annotated[int, typer.Option(help="Seed of folds and suggested settings.")] = 0,
    data_dir: Annotated[
        Path | None, typer.Option(help="Folder of real data. [default: $MMCORE_DATA, or the cache]")
    ] = None,
    allow_outside: AllowOutside = False,
) -> None:
    """Search the settings with which a study's training records are imputed best.

    Each trial trains on some training records and imputes others. The same command continues.

    Example: mmcore tune study.yaml --out tuned --minutes 10
    """
    from mmcore.tuning.plan import TuningPlan
    from mmcore.tuning.tune import tune as search

    plan = TuningPlan(
        file=study,
        out=out,
        minutes=minutes,
        methods=tuple(parts(method) or ()),
        trials=trials,
        folds=folds,
        processes=processes,
        seed=seed,
        data_dir=data_dir,
        allow_outside=allow_outside,
    )
    console = Console()
    results = search(plan, console)
    _show(results.table, console)
    console.print(f"written: {results.study}; next: {results.command}")


def _show(table: "pd.DataFrame", console: Console) -> None:
    """Print the best trials; a setting that a method does not have is empty."""
    best = table[table["error"].notna()].head(SHOWN).drop(columns=["state", "problem"])
    rows = [["" if v != v else _written(v) for v in row] for row in best.to_numpy(dtype=object)]
    names = list(best.columns)
    console.print(grid(names, rows, title="the best trials", right=names))


def _written(value: object) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)
