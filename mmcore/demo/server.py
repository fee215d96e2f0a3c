"""The server of a page on this machine."""

import errno
import socket
from collections.abc import Callable

import uvicorn

from mmcore.demo.app import LOOPBACK, application
from mmcore.demo.subject import Subject
from mmcore.errors import MmcoreError

__all__ = ["is_loopback", "serve"]

WAIT = 5
"""Seconds for which the end of the server waits for answers."""


def is_loopback(host: str) -> bool:
    """Return whether only programs on this machine reach a server."""
    return host == "localhost" or host.startswith("127.") or host == "::1"


def serve(subject: Subject, host: str, port: int, ready: Callable[[str], None]) -> None:
    """Serve the page until a signal ends the process.

    Arguments:
        subject: the model with its records.
        host: address of this machine at which the server listens.
        port: number of the port; 0 for any free one.
        ready: called with the address of the page when it can be opened.

    Raises:
        MmcoreError: the port is in use, or the host is no address of this machine.
    """
    listening = _listening(host, port)
    name, number = listening.getsockname()[:2]
    hosts = LOOPBACK if is_loopback(host) else ("*",)
    config = uvicorn.Config(
        application(subject, hosts),
        log_level="warning",
        server_header=False,
        timeout_graceful_shutdown=WAIT,
    )
    ready(f"http://{f'[{name}]' if ':' in name else name}:{number}/")
    with listening:
        uvicorn.Server(config).run(sockets=[listening])


def _listening(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
    except (OSError, OverflowError) as error:
        listening.close()
        if isinstance(error, OSError) and error.errno == errno.EADDRINUSE:
            raise MmcoreError(
                f"port {port} is in use by another program; choose another one with --port, or --port 0 for"
                " any free one"
            ) from error
        raise MmcoreError(
            f"the page cannot be served at '{host}', port {port} ({error}); leave out --host, or give an"
            " address of this machine"
        ) from error
    return listening
