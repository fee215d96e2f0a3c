"""Options that several commands have."""

from typing import Annotated

import typer

__all__ = ["AcceptChangedData", "AllowOutside"]

AcceptChangedData = Annotated[
    bool,
    typer.Option(
        "--accept-changed-data", help="Continue although the data has changed since the training."
    ),
]
AllowOutside = Annotated[
    bool,
    typer.Option(
        "--allow-outside",
        help="Trust a study that sets allow_outside: it may read files outside of its folder.",
    ),
]
