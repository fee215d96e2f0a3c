"""The options and the output of the commands ``impute``, ``embed`` and ``score``."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mmcore.terminal.printing import Console

if TYPE_CHECKING:
    import pandas as pd
    from pydantic import BaseModel

    from mmcore.plugins import Catalogue
    from mmcore.runs.prediction import Query

__all__ = ["OptionalOut", "Out", "Raw", "validated", "write"]

OUT = "File to write; its suffix selects the format: .csv, .parquet, ..."
Out = Annotated[Path, typer.Option(help=OUT)]
OptionalOut = Annotated[Path | None, typer.Option(help=OUT)]
Raw = Annotated[
    bool,
    typer.Option(
        "--raw",
        help="In CSV and TSV, write no apostrophe before texts that a spreadsheet runs as formulas.",
    ),
]


def validated(model: "type[BaseModel]", choices: dict[str, Any]) -> Any:
    """Return the settings of a command.

    Raises:
        MmcoreError: a choice is not valid.
    """
    from pydantic import ValidationError

    from mmcore.config.validation import sentence
    from mmcore.errors import MmcoreError

    try:
        return model.model_validate(choices)
    except ValidationError as error:
        raise MmcoreError(sentence(error, model, "the command")) from error


def write(
    query: "Query",
    frames: "Iterator[pd.DataFrame]",
    out: Path,
    catalogue: "Catalogue",
    rows: int = 1,
    *,
    raw: bool,
) -> None:
    """Write predictions to a file, with a progress bar.

    Arguments:
        query: the records.
        frames: of some records each, which are computed here.
        out: the file.
        catalogue: contains the formats.
        rows: rows of each record.
        raw: whether texts are written as they are.
    """
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
