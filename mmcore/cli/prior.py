"""``mmcore prior``: the priors that samples of a trained model are drawn from."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mmcore.cli.completion import components
from mmcore.cli.console import show_text
from mmcore.cli.options import AcceptChangedData, AllowOutside
from mmcore.cli.parsing import options

if TYPE_CHECKING:
    from mmcore.posteriors.conditional import FittedConditional
    from mmcore.priors.generation import GenerationPrior

    Fitted = GenerationPrior | FittedConditional | None

__all__ = ["prior_app"]

prior_app = typer.Typer(
    help="Fit and show the priors that samples of a run are drawn from.\n\n"
    "Example: mmcore prior fit runs/RUN --kind flow",
    no_args_is_help=True,
)

Folder = Annotated[Path, typer.Argument(help="Folder of a finished run.")]


@prior_app.callback()
def prior() -> None:
    """Fit and show the priors that samples of a run are drawn from."""


@prior_app.command()
def fit(
    run: Folder,
    kind: Annotated[
        str | None,
        typer.Option(
            help="Name of the prior, see mmcore components list --kind prior; standard for none."
            " [default: mixture; diffusion with --conditional]",
            autocompletion=components("prior"),
        ),
    ] = None,
    conditional: Annotated[
        bool,
        typer.Option(
            "--conditional",
            help="Fit the distribution of content and styles given some of the modalities, instead of the"
            " prior without any. Its kinds are diffusion and flow.",
        ),
    ] = False,
    styles: Annotated[
        bool,
        typer.Option(
            "--styles/--no-styles",
            help="With --conditional: fit styles, too, or draw them from the prior of the training, with"
            " which generated values vary more.",
        ),
    ] = True,
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
        conditional=conditional,
        styles=styles,
        rows=rows,
        seed=seed,
        data_dir=data_dir,
        allow_outside=allow_outside,
        accept_changed_data=accept_changed_data,
    )
    show_text(_conditional(fitted) if conditional else _generation(fitted))


@prior_app.command()
def show(run: Folder) -> None:
    """Show the generation prior and the conditional prior of a run.

    Example: mmcore prior show runs/RUN
    """
    from mmcore.runs.run import Run

    model = Run.open(run).model
    show_text(_generation(model.fitted_prior))
    show_text(_conditional(model.fitted_conditional))


def _generation(fitted: "Fitted") -> str:
    description = "none; samples are drawn from that of the training"
    return f"generation prior: {description if fitted is None else fitted.description}"


def _conditional(fitted: "Fitted") -> str:
    description = "none; the content is drawn from the posterior of the method"
    return f"conditional prior: {description if fitted is None else fitted.description}"
