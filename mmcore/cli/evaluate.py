"""``mmcore evaluate``."""

from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperCommand

from mmcore.cli.options import AcceptChangedData, AllowOutside
from mmcore.cli.parsing import options, parts

__all__ = ["EvaluateCommand", "evaluate"]


class EvaluateCommand(TyperCommand):
    """A command whose help lists the installed metrics."""

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Write the help."""
        from mmcore.plugins import Catalogue

        names = ", ".join(Catalogue.discover().listing("metric"))
        self.help = f"{self.help}\n\nMetrics: {names}."
        super().format_help(ctx, formatter)


def evaluate(
    run: Annotated[Path, typer.Argument(help="Folder of a finished run.")],
    metrics: Annotated[
        str | None, typer.Option(help="Names of metrics, as a,b. [default: all]")
    ] = None,
    subsets: Annotated[
        str | None, typer.Option(help="Given subsets, as a,b,a+b. [default: all]")
    ] = None,
    rows: Annotated[
        int | None, typer.Option(help="Number of held-out samples. [default: 2000]")
    ] = None,
    probe_rows: Annotated[
        int | None,
        typer.Option(help="Number of training samples for linear probes. [default: 5000]"),
    ] = None,
    samples: Annotated[
        int | None, typer.Option(help="Importance samples for each data point. [default: 512]")
    ] = None,
    likelihood_rows: Annotated[
        int | None,
        typer.Option(
            help="Data points of likelihoods. [default: 50, fewer for values with many elements]"
        ),
    ] = None,
    fusion: Annotated[
        str | None,
        typer.Option(
            help="Posterior from which values are generated: generation, inference, or an aggregator, as"
            " product or product-with-prior. [default: generation]"
        ),
    ] = None,
    proposals: Annotated[
        str | None,
        typer.Option(help="Proposals of the likelihood. [default: inference,mixture]"),
    ] = None,
    precision: Annotated[
        str | None,
        typer.Option(
            help="Precision of decoders and classifiers in likelihoods and metrics of generated values:"
            " auto, 32-true, or bf16-mixed, which is faster. [default: auto]"
        ),
    ] = None,
    set_: Annotated[
        list[str] | None,
        typer.Option("--set", help="METRIC.OPTION=VALUE, an option of a metric; repeatable."),
    ] = None,
    accelerator: Annotated[str, typer.Option(help="Device: cpu, cuda or mps.")] = "cpu",
    processes: Annotated[
        int,
        typer.Option(
            min=1, help="Number of processes that share the metrics, each with one thread."
        ),
    ] = 1,
    seed: Annotated[
        int | None, typer.Option(help="Seed of all random numbers. [default: 0]")
    ] = None,
    data_dir: Annotated[
        Path | None, typer.Option(help="Folder of real data. [default: that of the run]")
    ] = None,
    allow_outside: AllowOutside = False,
    accept_changed_data: AcceptChangedData = False,
) -> None:
    """Evaluate a finished run: write evaluation.json and report.html to its folder.

    Example: mmcore evaluate runs/RUN --metrics representation,imputation
    """
    from mmcore.cli.evaluation_settings import evaluation_settings
    from mmcore.plugins import Catalogue

    choices = {
        "subsets": parts(subsets),
        "rows": rows,
        "probe_rows": probe_rows,
        "samples": samples,
        "likelihood_rows": likelihood_rows,
        "fusion": fusion,
        "proposals": parts(proposals),
        "precision": precision,
        "seed": seed,
        **options(set_ or [], None),
    }
    catalogue = Catalogue.discover()
    settings = evaluation_settings(choices, catalogue)

    from mmcore.runs.evaluation.evaluate import evaluate as carry_out

    carry_out(
        run,
        settings,
        parts(metrics),
        data_dir=data_dir,
        accept_changed_data=accept_changed_data,
        accelerator=accelerator,
        allow_outside=allow_outside,
        catalogue=catalogue,
        processes=processes,
    )
