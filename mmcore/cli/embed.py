"""``mmcore embed``."""

from typing import Annotated, Literal

import typer

from mmcore.cli.options import AcceptChangedData, AllowOutside
from mmcore.cli.parts import Processes, Shard, destination
from mmcore.cli.predictions import Out, Raw, write
from mmcore.cli.records import Batch, Data, DataDir, Run, Seed, Split, opened_query
from mmcore.terminal.printing import Console

__all__ = ["embed"]


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
    write(query, carry_out(query, seed, assign), place, catalogue, raw=raw)


def _number_of_clusters(text: str) -> "int | Literal['auto']":
    from mmcore.errors import MmcoreError

    if text == "auto":
        return "auto"
    if not text.isdecimal():
        raise MmcoreError(
            f"--clusters is '{text}', expected auto or a number of 2 or more, such as 4"
        )
    return int(text)
