"""``mmcore impute``, ``mmcore embed`` and ``mmcore score``."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer
from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    import pandas as pd
    from pydantic import BaseModel

    from mmcore.plugins import Catalogue
    from mmcore.runs.predict import Asked

__all__ = ["embed", "impute", "score"]

Run = Annotated[Path, typer.Argument(help="Folder of a finished run.")]
Out = Annotated[
    Path, typer.Option(help="File to write; its suffix selects the format: .csv, .parquet, ...")
]
Data = Annotated[
    Path | None,
    typer.Option(help="Study file with new records. [default: the run's own records]"),
]
DataDir = Annotated[
    Path | None, typer.Option(help="Folder of the data. [default: where the run found it]")
]
Split = Annotated[
    Literal["all", "train", "test"] | None,
    typer.Option(
        help="Which of the run's own records. [default: all of a study, test of other data]"
    ),
]
Seed = Annotated[int, typer.Option(help="Seed of everything random.")]


def impute(
    run: Run,
    out: Out,
    data: Data = None,
    data_dir: DataDir = None,
    split: Split = None,
    level: Annotated[float, typer.Option(help="What share an interval covers.")] = 0.9,
    samples: Annotated[int, typer.Option(help="Draws behind a mean and an interval.")] = 199,
    draws: Annotated[
        int | None,
        typer.Option(help="Write so many draws of each record instead, a row for each."),
    ] = None,
    seed: Seed = 0,
) -> None:
    """Fill holes: missing modalities and cells, with mean and interval or with draws.

    What is observed is never changed.
    """
    from mmcore.config.predict import ImputeSettings
    from mmcore.plugins import Catalogue
    from mmcore.runs.predict.imputation import impute as carry_out
    from mmcore.runs.predict.imputation import writers
    from mmcore.runs.predict.writing import check_place

    catalogue = Catalogue.discover()

    choices = {"level": level, "samples": samples, "draws": draws, "seed": seed}
    settings = _settings(ImputeSettings, choices)
    check_place(out, catalogue)
    asked = _asked(run, data, split, data_dir, catalogue)
    for name in asked.model.names:
        if name not in writers(asked):
            typer.echo(f"{name} is only given: it cannot be written as columns of a table")
    _write(asked, carry_out(asked, settings), out, catalogue, settings.draws or 1)


def embed(
    run: Run,
    out: Out,
    data: Data = None,
    data_dir: DataDir = None,
    split: Split = None,
    seed: Seed = 0,
) -> None:
    """Write the joint representation of each record, with its uncertainty."""
    from mmcore.plugins import Catalogue
    from mmcore.runs.predict.embedding import embed as carry_out
    from mmcore.runs.predict.writing import check_place

    catalogue = Catalogue.discover()

    check_place(out, catalogue)
    asked = _asked(run, data, split, data_dir, catalogue)
    _write(asked, carry_out(asked, seed), out, catalogue)


def score(
    run: Run,
    out: Annotated[
        Path | None,
        typer.Option(help="File to write; its suffix selects the format: .csv, .parquet, ..."),
    ] = None,
    data: Data = None,
    data_dir: DataDir = None,
    split: Split = None,
    samples: Annotated[int, typer.Option(help="Importance samples for each record.")] = 512,
    by_modality: Annotated[
        bool, typer.Option("--by-modality", help="Also log p of each modality given the others.")
    ] = False,
    seed: Seed = 0,
) -> None:
    """Say how unusual each record is: log p(X) of what is there, among the training records."""
    import pandas as pd

    from mmcore.config.predict import ScoreSettings
    from mmcore.plugins import Catalogue
    from mmcore.runs.predict.api import reference_of
    from mmcore.runs.predict.scoring import Reference
    from mmcore.runs.predict.scoring import score as carry_out
    from mmcore.runs.predict.writing import check_place

    catalogue = Catalogue.discover()

    choices = {"samples": samples, "by_modality": by_modality, "seed": seed}
    settings = _settings(ScoreSettings, choices)
    if out is not None:
        check_place(out, catalogue)
    asked = _asked(run, data, split, data_dir, catalogue)
    known, told = reference_of(run, data, data_dir=data_dir)
    reference = Reference(known, settings)
    for note in [*told, *reference.notes]:
        typer.echo(f"note: {note}")
    frames = list(_shown(asked, carry_out(asked, reference, settings)))
    if frames:
        Console().print(_most_unusual(pd.concat(frames), asked.key))
    if out is not None:
        _write(asked, iter(frames), out, catalogue)


def _settings(model: "type[BaseModel]", choices: dict[str, Any]) -> Any:
    from pydantic import ValidationError

    from mmcore.config.validation import sentence
    from mmcore.errors import MmcoreError

    try:
        return model.model_validate(choices)
    except ValidationError as error:
        raise MmcoreError(sentence(error, model, "the question")) from error


def _asked(
    run: Path, data: Path | None, split: Any, data_dir: Path | None, catalogue: "Catalogue"
) -> "Asked":
    from mmcore.errors import MmcoreError
    from mmcore.runs.predict import ask

    asked = ask(run, data, split, data_dir=data_dir, catalogue=catalogue)
    for note in asked.notes:
        typer.echo(f"note: {note}")
    if not len(asked):
        raise MmcoreError("there is no record with anything in it; see the study file")
    return asked


def _write(
    asked: "Asked",
    frames: "Iterator[pd.DataFrame]",
    out: Path,
    catalogue: "Catalogue",
    rows: int = 1,
) -> None:
    from mmcore.runs.predict import write_frames

    written = write_frames(out, _shown(asked, frames, rows), catalogue)
    typer.echo(f"written: {out}, {written} rows")


def _shown(
    asked: "Asked", frames: "Iterator[pd.DataFrame]", rows: int = 1
) -> "Iterator[pd.DataFrame]":
    from rich.progress import Progress

    with Progress(transient=True) as progress:
        bar = progress.add_task("", total=len(asked) * rows)
        for frame in frames:
            yield frame
            progress.advance(bar, len(frame))


def _most_unusual(found: "pd.DataFrame", key: str, rows: int = 10) -> Table:
    first = found.sort_values(["percentile", "log_p"], na_position="last").head(rows)
    shown = Table(title=f"the most unusual of {len(found)} records", title_justify="left", box=None)
    shown.add_column(key)
    shown.add_column("given")
    numbers = ("log_p", "standard_error", "effective_samples", "percentile")
    for name in numbers:
        shown.add_column(name.replace("_", " "), justify="right")
    for row in first.to_dict("records"):
        values = (f"{row[name]:.1f}" for name in numbers)
        shown.add_row(str(row[key]), row["given"], *values)
    return shown
