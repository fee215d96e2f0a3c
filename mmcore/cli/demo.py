"""``mmcore demo``."""

from pathlib import Path
from typing import Annotated

import typer

from mmcore.cli.options import AllowOutside
from mmcore.cli.records import DataDir
from mmcore.terminal.printing import Console

__all__ = ["demo"]

PORT = 8765


def demo(
    run: Annotated[
        str | None,
        typer.Argument(
            help="Folder of a finished run, or the name of a model of the package mmcore-models."
            " [default: digits]"
        ),
    ] = None,
    port: Annotated[
        int, typer.Option(help="Number of the port; 0 for any free one.", min=0, max=65535)
    ] = PORT,
    host: Annotated[str, typer.Option(help="Address at which the page is served.")] = "127.0.0.1",
    records: Annotated[
        bool, typer.Option("--records/--no-records", help="Whether the page shows records.")
    ] = True,
    data_dir: DataDir = None,
    allow_outside: AllowOutside = False,
) -> None:
    """Serve a page on this machine to try a trained model in a browser.

    A visitor gives values of some modalities, and the page shows the others as the model generates them.

    Example: mmcore demo runs/mnist-svhn-text-mmjsd-1 --port 9000. See docs/demo.md.
    """
    from mmcore.demo.extra import check_installed

    check_installed()
    from mmcore.demo.installed import folder_of
    from mmcore.demo.model import DemoModel
    from mmcore.demo.server import serve
    from mmcore.web import is_loopback

    console = Console()
    console.print("loading the model ...")
    with folder_of(run) as folder:
        model = DemoModel.open(
            Path(folder), data_dir=data_dir, with_records=records, allow_outside=allow_outside
        )
    for note in (model.about, *model.notes):
        console.print(note)
    if not is_loopback(host):
        shown = (
            "values of visitors and the records of the data" if records else "values of visitors"
        )
        console.print(
            f"note: every machine that reaches {host} can open the page; {shown} are sent without"
            " encryption"
        )
    serve(model, host, port, lambda address: console.print(f"open {address} (Ctrl+C ends it)"))
