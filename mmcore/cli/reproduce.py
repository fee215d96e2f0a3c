"""``mmcore reproduce``."""

from pathlib import Path
from typing import Annotated

import typer

from mmcore.cli.parsing import options, parts
from mmcore.errors import MmcoreError
from mmcore.terminal.printing import Console, grid

__all__ = ["reproduce"]


def reproduce(
    experiment: Annotated[
        str | None, typer.Argument(help="Name of the experiment. [default: list all]")
    ] = None,
    methods: Annotated[
        str | None, typer.Option(help="Some of its methods, as mvae,mmjsd. [default: all]")
    ] = None,
    subspaces: Annotated[
        str, typer.Option(help="Models with or without modality-specific subspaces, or both.")
    ] = "both",
    budget: Annotated[
        float, typer.Option(help="Share of the published training samples, above 0 and up to 1.")
    ] = 0.01,
    seeds: Annotated[
        str, typer.Option(help="Seeds, one training of each model for each, as 0,1.")
    ] = "0",
    out: Annotated[
        Path | None, typer.Option(help="Folder of the runs. [default: runs/EXPERIMENT]")
    ] = None,
    page: Annotated[
        Path | None, typer.Option(help="File of the tables. [default: OUT/RESULTS.md]")
    ] = None,
    data: Annotated[str | None, typer.Option(help="auto, real or sample. [default: auto]")] = None,
    data_dir: Annotated[
        Path | None, typer.Option(help="Folder of real data. [default: $MMCORE_DATA, or the cache]")
    ] = None,
    rows: Annotated[
        int | None, typer.Option(help="Test samples of the evaluation. [default: 2000]")
    ] = None,
    samples: Annotated[
        int | None, typer.Option(help="Importance samples for each data point. [default: 512]")
    ] = None,
    likelihood_rows: Annotated[
        int | None,
        typer.Option(
            help="Data points of the likelihood. [default: 50, fewer where values are wide]"
        ),
    ] = None,
    set_: Annotated[
        list[str] | None,
        typer.Option("--set", help="Any option of mmcore train for all models, as style_warmup=0."),
    ] = None,
) -> None:
    """Train and evaluate the models of a published experiment, and compare the tables.

    Start it again after an interruption: finished models are kept. Two processes on one folder train two
    models at the same time.

    Example: mmcore reproduce mnist-svhn-text --budget 0.01
    """
    if experiment is None:
        _show_known()
        return
    from mmcore.cli.evaluation_settings import evaluation_settings
    from mmcore.plugins import Catalogue

    settings = evaluation_settings(
        {"rows": rows, "samples": samples, "likelihood_rows": likelihood_rows},
        Catalogue.discover(),
    )
    paths = {"data": data, "data_dir": data_dir}

    from mmcore.runs.evaluation.plan import Plan
    from mmcore.runs.evaluation.reproduce import reproduce as carry_out

    plan = Plan(
        name=experiment,
        out=out or Path("runs") / experiment,
        methods=parts(methods),
        subspaces=subspaces,
        budget=budget,
        seeds=_whole_numbers(seeds),
        choices={n: v for n, v in paths.items() if v is not None} | options(set_ or [], None),
        settings=settings,
        page=page,
    )
    carry_out(plan)


def _show_known() -> None:
    from mmcore.plugins import Catalogue

    catalogue = Catalogue.discover()
    specs = {name: catalogue.find("experiment", name)[1] for name in catalogue.names("experiment")}
    rows = [(name, spec.summary, spec.reference) for name, spec in specs.items()]
    Console().print(grid(("experiment", "description", "reference"), rows))


def _whole_numbers(text: str) -> list[int]:
    try:
        return [int(part) for part in parts(text) or ()]
    except ValueError:
        raise MmcoreError(f"--seeds is '{text}', expected whole numbers such as 0,1,2") from None
