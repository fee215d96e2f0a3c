"""The process that serves a model until it is stopped."""

from pathlib import Path

import uvicorn

from mmcore.plugins import Catalogue
from mmcore.runs.run import Run
from mmcore.serving.app import create_app
from mmcore.serving.limits import Limits
from mmcore.serving.service import Service
from mmcore.terminal.printing import Console
from mmcore.terminal.signals import Interrupted
from mmcore.web import LOOPBACK, is_loopback, listener, url

__all__ = ["serve"]

PATIENCE = 10
"""Seconds in which requests that have arrived are still carried out after a stop."""


def serve(run: Path, host: str, port: int, limits: Limits) -> None:
    """Serve the model of a run until SIGINT or SIGTERM; requests that have arrived are completed first.

    Arguments:
        run: folder of a finished run.
        host: address of the network interface.
        port: TCP port; 0 for any that is free.
        limits: of the sizes of a request.

    Raises:
        MmcoreError: the run is not finished, or the address cannot be used.
    """
    opened = Run.open(run, Catalogue.discover())
    bound, is_local = listener(host, port), is_loopback(host)
    with bound:
        hosts = LOOPBACK if is_local else None
        app = create_app(Service(opened.model), opened.folder.name, limits, hosts)
        config = uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=PATIENCE)
        _print_address(opened, url(bound), is_local)
        try:
            uvicorn.Server(config).run([bound])
        except Interrupted:
            Console().print("stopped")


def _print_address(run: Run, address: str, is_local: bool) -> None:
    console = Console()
    console.print(f"serving {run.folder} at {address}")
    console.print(f"schema: {address}/openapi.json; stop: Ctrl+C")
    if not is_local:
        console.print(
            "note: everyone who reaches this address can send requests, without a password or encryption;"
            " see docs/serving.md"
        )
