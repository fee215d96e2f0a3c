"""``mmcore evaluate``."""

from pathlib import Path
from typing import Annotated

import typer

from mmcore.cli.parsing import evaluation_settings, parts

__all__ = ["evaluate"]


def evaluate(
    run: Annotated[Path, typer.Argument(help="Folder of a finished run.")],
    metrics: Annotated[
        str | None,
        typer.Option(
            help="Some of representation,coherence,quality,likelihood,imputation,information."
            " [default: all]"
        ),
    ] = None,
    subsets: Annotated[
        str | None, typer.Option(help="Given subsets, as a,b,a+b. [default: all]")
    ] = None,
    samples: Annotated[
        int | None, typer.Option(help="Importance samples for each data point. [default: 512]")
    ] = None,
    rows: Annotated[
        int | None, typer.Option(help="Held-out samples that are measured. [default: 2000]")
    ] = None,
    likelihood_rows: Annotated[
        int | None,
        typer.Option(
            help="Data points of the likelihood. [default: 200, fewer where values are wide]"
        ),
    ] = None,
    fusion: Annotated[
        str | None,
        typer.Option(
            help="How the experts of a subset are fused for generation: generation, inference,"
            " geometric-with-prior, product-with-prior, product or mixture. [default: generation]"
        ),
    ] = None,
    proposals: Annotated[
        str | None,
        typer.Option(help="Fusions that the likelihood draws from. [default: inference,mixture]"),
    ] = None,
    precision: Annotated[
        str | None,
        typer.Option(help="32-true, or bf16-mixed for a faster likelihood. [default: 32-true]"),
    ] = None,
    accelerator: Annotated[str, typer.Option(help="Where it runs: cpu, cuda or mps.")] = "cpu",
    seed: Annotated[
        int | None, typer.Option(help="Seed of everything random. [default: 0]")
    ] = None,
    data_dir: Annotated[
        Path | None, typer.Option(help="Folder of real data. [default: where the run found it]")
    ] = None,
) -> None:
    """Measure a finished run: evaluation.json and report.html in its folder."""
    choices = {
        "subsets": parts(subsets),
        "samples": samples,
        "rows": rows,
        "likelihood_rows": likelihood_rows,
        "fusion": fusion,
        "proposals": parts(proposals),
        "precision": precision,
        "seed": seed,
    }
    settings = evaluation_settings(choices)

    from mmcore.runs.evaluate import evaluate as carry_out

    carry_out(run, settings, parts(metrics), data_dir=data_dir, accelerator=accelerator)
