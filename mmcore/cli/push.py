"""``mmcore push``."""

from pathlib import Path
from typing import Annotated

import typer

from mmcore.cli.records import Run
from mmcore.terminal.printing import Console

__all__ = ["push"]


def push(
    run: Run,
    name: Annotated[str, typer.Argument(help="owner/name on the Hub of Hugging Face.")],
    public: Annotated[
        bool, typer.Option("--public", help="Create a public model. [default: a private one]")
    ] = False,
    licence: Annotated[
        str | None, typer.Option("--license", help="Licence of the model, such as cc-by-4.0.")
    ] = None,
    revision: Annotated[str | None, typer.Option(help="Branch. [default: main]")] = None,
    card: Annotated[
        Path | None, typer.Option(help="Write the card to this file, and send nothing.")
    ] = None,
) -> None:
    """Send the model of a run to the Hub, with a card of its data, figures and limits.

    The weights and the settings are sent, and no records. Example: mmcore push runs/RUN owner/name
    --license cc-by-4.0. See docs/sharing.md.
    """
    from mmcore.runs.run import Run as OpenedRun
    from mmcore.sharing.card import card_of
    from mmcore.sharing.hub import check_name
    from mmcore.sharing.push import push as carry_out
    from mmcore.storage.files import write_text

    check_name(name)
    opened = OpenedRun.open(run)
    if card is not None:
        write_text(card, card_of(opened.model, name, licence, opened))
        Console().print(f"written: {card}; nothing was sent")
        return
    address = carry_out(
        opened.model, name, private=not public, licence=licence, revision=revision, run=opened
    )
    Console().print(f"sent: {address}")
