"""Options that several commands have."""

from typing import Annotated

import typer

__all__ = ["AcceptChangedData"]

AcceptChangedData = Annotated[
    bool,
    typer.Option(
        "--accept-changed-data", help="Continue although the data has changed since the training."
    ),
]
