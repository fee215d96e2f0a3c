"""The process that serves a model until it is stopped."""

import socket
from pathlib import Path

import uvicorn

from mmcore.errors import MmcoreError
from mmcore.plugins import Catalogue
from mmcore.runs.run import Run
from mmcore.serving.app import LOOPBACK, create_app
from mmcore.serving.limits import Limits
from mmcore.serving.service import Service
from mmcore.terminal.printing import Console
from mmcore.terminal.signals import Interrupted

__all__ = ["serve"]

PATIENCE = 10
"""Seconds in which requests that have arrived are answered after a stop."""


def serve(run: Path, host: str, port: int, limits: Limits) -> None:
    """Serve the model of a run until SIGINT or SIGTERM; requests that have arrived are then answered.

    Arguments:
        run: folder of a finished run.
        host: address of the network interface.
        port: TCP port; 0 for any that is free.
        limits: of the sizes of a request.

    Raises:
        MmcoreError: the run is not finished, or the address cannot be used.
    """
    opened = Run.open(run, Catalogue.discover())
    listener = _listener(host, port)
    with listener:
        is_local = host in LOOPBACK
        hosts = LOOPBACK if is_local else None
        app = create_app(Service(opened.model), opened.folder.name, limits, hosts)
        config = uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=PATIENCE)
        _greet(opened, host, listener.getsockname()[1], is_local)
        try:
            uvicorn.Server(config).run([listener])
        except Interrupted:
            Console().print("stopped")


def _listener(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise MmcoreError(
            f"cannot listen on {host}, port {port} ({error.strerror}); choose another --port, or 0 for any"
            " that is free"
        ) from error
    return listener


def _greet(run: Run, host: str, port: int, is_local: bool) -> None:
    place = f"http://{f'[{host}]' if ':' in host else host}:{port}"
    console = Console()
    console.print(f"serving {run.folder} at {place}")
    console.print(f"schema: {place}/openapi.json; stop: Ctrl+C")
    if not is_local:
        console.print(
            "note: everyone who reaches this address can send requests, without a password or encryption;"
            " see docs/serving.md"
        )
