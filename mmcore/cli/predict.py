"""``mmcore impute``, ``mmcore embed`` and ``mmcore score``."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from mmcore.cli.options import AcceptChangedData
from mmcore.cli.parts import Processes, Shard, destination
from mmcore.cli.records import Batch, Data, DataDir, Run, Seed, Split, opened_query
from mmcore.cli.trust import AllowOutside
from mmcore.terminal.printing import Console, grid

if TYPE_CHECKING:
    import pandas as pd
    from pydantic import BaseModel

    from mmcore.plugins import Catalogue
    from mmcore.runs.prediction import Query
    from mmcore.runs.run import Run as OpenedRun

__all__ = ["embed", "impute", "score"]

OUT = "File to write; its suffix selects the format: .csv, .parquet, ..."
Out = Annotated[Path, typer.Option(help=OUT)]
Raw = Annotated[
    bool,
    typer.Option(
        "--raw",
        help="In CSV and TSV, write no apostrophe before texts that a spreadsheet runs as formulas.",
    ),
]


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
    settings = _settings(ImputeSettings, choices | others)
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
    _write(query, frames, place, catalogue, settings.draws or 1, raw=raw)
    for note in [*few.notes, *([] if scaling is None else scaling.notes)]:
        Console().print(f"note: {note}")
    if part is None or part.number == 1:
        _show_errors(opened, query, seed)


def embed(
    context: typer.Context,
    run: Run,
    out: Out,
    data: Data = None,
    data_dir: DataDir = None,
    accept_changed_data: AcceptChangedData = False,
    split: Split = None,
    clusters: Annotated[
        str | None,
        typer.Option(help="Number of clusters of k-means, or auto. [default: no clusters]"),
    ] = None,
    batch: Batch = "own",
    seed: Seed = 0,
    allow_outside: AllowOutside = False,
    raw: Raw = False,
    shard: Shard = None,
    processes: Processes = None,
) -> None:
    """Write the joint representation of each record, with its uncertainty, and its cluster.

    Example: mmcore embed runs/RUN --out latent.parquet --clusters auto
    """
    from mmcore.plugins import Catalogue
    from mmcore.runs.prediction.embedding import CHUNK
    from mmcore.runs.prediction.embedding import embed as carry_out
    from mmcore.runs.prediction.writing import check_place

    catalogue = Catalogue.discover()
    place, part = destination(context, catalogue)
    assert place is not None, "--out is given"
    check_place(place, catalogue)
    wanted = None if clusters is None else _number_of_clusters(clusters)
    opened, query = opened_query(
        run, data, split, data_dir, accept_changed_data, catalogue, allow_outside, batch=batch
    )
    query = query.part(part, CHUNK)
    assign = None
    if wanted is not None:
        from mmcore.runs.prediction.clusters import clustering
        from mmcore.runs.prediction.query import readable_training

        fitted = clustering(readable_training(opened, query), wanted, seed)
        Console().print(fitted.sentence)
        assign = fitted.assign
    _write(query, carry_out(query, seed, assign), place, catalogue, raw=raw)


def _number_of_clusters(text: str) -> "int | Literal['auto']":
    from mmcore.errors import MmcoreError

    if text == "auto":
        return "auto"
    if not text.isdecimal():
        raise MmcoreError(
            f"--clusters is '{text}', expected auto or a number of 2 or more, such as 4"
        )
    return int(text)


def score(
    context: typer.Context,
    run: Run,
    out: Annotated[Path | None, typer.Option(help=OUT)] = None,
    data: Data = None,
    data_dir: DataDir = None,
    accept_changed_data: AcceptChangedData = False,
    split: Split = None,
    samples: Annotated[int, typer.Option(help="Importance samples for each record.")] = 512,
    by_modality: Annotated[
        bool, typer.Option("--by-modality", help="Also how each modality fits the others.")
    ] = False,
    seed: Seed = 0,
    allow_outside: AllowOutside = False,
    raw: Raw = False,
    shard: Shard = None,
    processes: Processes = None,
) -> None:
    """Compute log p(X) of each record, and its percentile among the training records.

    Example: mmcore score runs/RUN --data new.yaml --out scores.csv
    """
    import pandas as pd

    from mmcore.cli.unusual import show_disagreements, show_most_unusual, show_unusual_cells
    from mmcore.config.predict import ScoreSettings
    from mmcore.inference.likelihood.importance_sampling import rows_at_once
    from mmcore.plugins import Catalogue
    from mmcore.runs.prediction.query import training_query
    from mmcore.runs.prediction.scoring import Reference
    from mmcore.runs.prediction.scoring import score as carry_out
    from mmcore.runs.prediction.writing import check_place
    from mmcore.terminal.progress import Progress

    catalogue = Catalogue.discover()
    choices = {"samples": samples, "by_modality": by_modality, "seed": seed}
    settings = _settings(ScoreSettings, choices)
    place, part = destination(context, catalogue)
    if place is not None:
        check_place(place, catalogue)
    opened, query = opened_query(
        run, data, split, data_dir, accept_changed_data, catalogue, allow_outside
    )
    training, remarks = training_query(opened, query)
    query = query.part(part, rows_at_once(query.model.codec))
    frames = []
    with Progress(Console()) as bars:
        records, compared = bars.add(len(query), "records"), bars.add(1, "training records")

        def show(subset: str, share: float) -> None:
            bars.move(compared, share, f"training records with {subset}")

        reference = Reference(training, settings, show)
        for note in [*remarks, *reference.notes]:
            Console().print(f"note: {note}")
        for frame in carry_out(query, reference, settings):
            frames.append(frame)
            bars.advance(records, len(frame))
    if frames:
        scores = pd.concat(frames)
        first = show_most_unusual(scores, query.key)
        if training is not None:
            show_unusual_cells(query, training, first, seed)
        if by_modality:
            show_disagreements(scores, query)
    if place is not None:
        _write(query, iter(frames), place, catalogue, raw=raw)


def _settings(model: "type[BaseModel]", choices: dict[str, Any]) -> Any:
    from pydantic import ValidationError

    from mmcore.config.validation import sentence
    from mmcore.errors import MmcoreError

    try:
        return model.model_validate(choices)
    except ValidationError as error:
        raise MmcoreError(sentence(error, model, "the command")) from error


def _write(
    query: "Query",
    frames: "Iterator[pd.DataFrame]",
    out: Path,
    catalogue: "Catalogue",
    rows: int = 1,
    *,
    raw: bool,
) -> None:
    from mmcore.runs.prediction import write_frames

    written = write_frames(out, _shown(query, frames, rows), catalogue, raw=raw)
    Console().print(f"written: {out}, {written} rows")


def _shown(
    query: "Query", frames: "Iterator[pd.DataFrame]", rows: int = 1
) -> "Iterator[pd.DataFrame]":
    from mmcore.terminal.progress import Progress

    with Progress(Console()) as bars:
        bar = bars.add(len(query) * rows, "records")
        for frame in frames:
            yield frame
            bars.advance(bar, len(frame))


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
