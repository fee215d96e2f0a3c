"""``mmcore prior``: the prior that samples of a trained model are drawn from."""

from pathlib import Path
from typing import Annotated

import typer

from mmcore.cli.completion import components
from mmcore.cli.console import show_text
from mmcore.cli.options import AcceptChangedData
from mmcore.cli.parsing import options
from mmcore.cli.trust import AllowOutside

__all__ = ["prior_app"]

prior_app = typer.Typer(
    help="Fit and show the generation prior of a run.\n\nExample: mmcore prior fit runs/RUN --kind flow",
    no_args_is_help=True,
)

Folder = Annotated[Path, typer.Argument(help="Folder of a finished run.")]


@prior_app.callback()
def prior() -> None:
    """Fit and show the generation prior of a run."""


@prior_app.command()
def fit(
    run: Folder,
    kind: Annotated[
        str,
        typer.Option(
            help="Name of the prior, see mmcore components list --kind prior; standard for none.",
            autocompletion=components("prior"),
        ),
    ] = "mixture",
    set_: Annotated[
        list[str] | None, typer.Option("--set", help="An option of the prior: components=10.")
    ] = None,
    rows: Annotated[
        int | None, typer.Option(help="Largest number of training samples. [default: 10,000]")
    ] = None,
    seed: Annotated[int | None, typer.Option(help="Seed. [default: that of the run]")] = None,
    data_dir: Annotated[
        Path | None, typer.Option(help="Folder of real data. [default: that of the run]")
    ] = None,
    allow_outside: AllowOutside = False,
    accept_changed_data: AcceptChangedData = False,
) -> None:
    """Fit a prior to the posteriors of the training samples, in place of the one that the run has.

    Example: mmcore prior fit runs/RUN --kind flow
    """
    from mmcore.runs.evaluation.prior import fit_prior

    fitted = fit_prior(
        run,
        kind,
        options(set_ or [], None),
        rows=rows,
        seed=seed,
        data_dir=data_dir,
        allow_outside=allow_outside,
        accept_changed_data=accept_changed_data,
    )
    show_text(_line(None if fitted is None else str(fitted.description)))


@prior_app.command()
def show(run: Folder) -> None:
    """Show the generation prior of a run.

    Example: mmcore prior show runs/RUN
    """
    from mmcore.runs.run import Run

    fitted = Run.open(run).model.fitted_prior
    show_text(_line(None if fitted is None else str(fitted.description)))


def _line(description: str | None) -> str:
    return f"generation prior: {description or 'none; samples are drawn from that of the training'}"
