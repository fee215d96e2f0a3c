"""The option that trusts a study."""

from typing import Annotated

import typer

__all__ = ["AllowOutside"]

AllowOutside = Annotated[
    bool,
    typer.Option(
        "--allow-outside",
        help="Trust a study that sets allow_outside: it may read files outside of its folder.",
    ),
]
