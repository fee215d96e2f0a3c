"""``mmcore evaluate``."""

from pathlib import Path
from typing import Annotated

import typer

from mmcore.errors import MmcoreError

__all__ = ["evaluate"]


def evaluate(
    run: Annotated[Path, typer.Argument(help="Folder of a finished run.")],
    metrics: Annotated[
        str | None,
        typer.Option(
            help="Some of representation,coherence,quality,likelihood,imputation. [default: all]"
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
        int | None, typer.Option(help="Data points of the likelihood. [default: 200]")
    ] = None,
    fusion: Annotated[
        str | None,
        typer.Option(
            help="How the experts of a subset are fused for generation: generation, inference,"
            " geometric-with-prior, product-with-prior, product or mixture. [default: generation]"
        ),
    ] = None,
    seed: Annotated[
        int | None, typer.Option(help="Seed of everything random. [default: 0]")
    ] = None,
    data_dir: Annotated[
        Path | None, typer.Option(help="Folder of real data. [default: where the run found it]")
    ] = None,
) -> None:
    """Measure a finished run: evaluation.json and report.html in its folder."""
    from pydantic import ValidationError

    from mmcore.reporting.record import EvaluationSettings
    from mmcore.validation import sentence

    choices = {
        "subsets": _parts(subsets),
        "samples": samples,
        "rows": rows,
        "likelihood_rows": likelihood_rows,
        "fusion": fusion,
        "seed": seed,
    }
    try:
        settings = EvaluationSettings.model_validate(
            {name: value for name, value in choices.items() if value is not None}
        )
    except ValidationError as error:
        raise MmcoreError(sentence(error, EvaluationSettings, "the evaluation")) from error

    from mmcore.runs.evaluate import evaluate as carry_out

    carry_out(run, settings, _parts(metrics), data_dir=data_dir)


def _parts(text: str | None) -> list[str] | None:
    return None if text is None else [part.strip() for part in text.split(",") if part.strip()]
