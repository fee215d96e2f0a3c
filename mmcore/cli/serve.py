"""``mmcore serve``."""

from typing import Annotated

import typer

from mmcore.cli.records import Run

__all__ = ["serve"]


def serve(
    run: Run,
    host: Annotated[
        str, typer.Option(help="Address; the default is reached from this machine alone.")
    ] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(help="TCP port; 0 for any that is free.", min=0, max=65535)
    ] = 8000,
    max_records: Annotated[int, typer.Option(help="Most records of a request.", min=1)] = 1000,
    max_megabytes: Annotated[int, typer.Option(help="Largest request, in MiB.", min=1)] = 16,
    max_waiting: Annotated[
        int, typer.Option(help="Most requests at a time; others have the status 503.", min=1)
    ] = 100,
) -> None:
    """Serve imputation, embedding, scoring and generation over HTTP, in JSON.

    Example: mmcore serve runs/RUN --port 8000. See docs/serving.md.
    """
    from importlib.util import find_spec

    from mmcore.errors import MmcoreError

    if find_spec("fastapi") is None or find_spec("uvicorn") is None:
        raise MmcoreError("mmcore serve needs FastAPI and uvicorn; pip install 'mmcore[serve]'")
    from mmcore.serving.limits import Limits
    from mmcore.serving.server import serve as carry_out

    carry_out(run, host, port, Limits(max_records, max_megabytes, max_waiting))
