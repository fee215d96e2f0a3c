"""``mmcore score``."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from mmcore.cli.options import AcceptChangedData, AllowOutside
from mmcore.cli.parts import Processes, Shard, destination
from mmcore.cli.predictions import OptionalOut, Raw, validated, write
from mmcore.cli.records import Data, DataDir, Run, Seed, Split, opened_query
from mmcore.terminal.printing import Console

if TYPE_CHECKING:
    import pandas as pd

    from mmcore.config.predict import ScoreSettings
    from mmcore.runs.prediction.query import Query

__all__ = ["score"]


def score(
    context: typer.Context,
    run: Run,
    out: OptionalOut = None,
    data: Data = None,
    data_dir: DataDir = None,
    accept_changed_data: AcceptChangedData = False,
    split: Split = None,
    samples: Annotated[int, typer.Option(help="Importance samples for each record.")] = 512,
    by_modality: Annotated[
        bool,
        typer.Option("--by-modality", help="Also the agreement of each modality with the others."),
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
    from mmcore.runs.prediction.writing import check_place

    catalogue = Catalogue.discover()
    choices = {"samples": samples, "by_modality": by_modality, "seed": seed}
    settings = validated(ScoreSettings, choices)
    place, part = destination(context, catalogue)
    if place is not None:
        check_place(place, catalogue)
    opened, query = opened_query(
        run, data, split, data_dir, accept_changed_data, catalogue, allow_outside
    )
    training, remarks = training_query(opened, query)
    query = query.part(part, rows_at_once(query.model.codec))
    frames = _scored(query, training, remarks, settings)
    if frames:
        scores = pd.concat(frames)
        first = show_most_unusual(scores, query.key)
        if training is not None:
            show_unusual_cells(query, training, first, seed)
        if by_modality:
            show_disagreements(scores, query)
    if place is not None:
        write(query, iter(frames), place, catalogue, raw=raw)


def _scored(
    query: "Query", training: "Query | None", remarks: Sequence[str], settings: "ScoreSettings"
) -> "list[pd.DataFrame]":
    """Return the scores of some records each; show the progress, and the remarks on the comparison."""
    from mmcore.runs.prediction.scoring import Reference
    from mmcore.runs.prediction.scoring import score as carry_out
    from mmcore.terminal.progress import Progress

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
    return frames
