"""The server of a page on this machine."""

from collections.abc import Callable

import uvicorn

from mmcore.demo.app import application
from mmcore.demo.model import DemoModel
from mmcore.web import LOOPBACK, is_loopback, listener, url

__all__ = ["serve"]

WAIT = 5
"""Seconds for which the end of the server waits for responses."""


def serve(demo: DemoModel, host: str, port: int, ready: Callable[[str], None]) -> None:
    """Serve the page until a signal ends the process.

    Arguments:
        demo: the model with its records.
        host: address of this machine at which the server listens.
        port: number of the port; 0 for any free one.
        ready: called with the address of the page when it can be opened.

    Raises:
        MmcoreError: the port is in use, or the host is no address of this machine.
    """
    bound = listener(host, port)
    hosts = LOOPBACK if is_loopback(host) else ("*",)
    config = uvicorn.Config(
        application(demo, hosts),
        log_level="warning",
        server_header=False,
        timeout_graceful_shutdown=WAIT,
    )
    ready(f"{url(bound)}/")
    with bound:
        uvicorn.Server(config).run(sockets=[bound])
