"""The address at which a server of this machine listens."""

import errno
import socket
from ipaddress import ip_address

from mmcore.errors import MmcoreError

__all__ = ["LOOPBACK", "is_loopback", "listener", "url"]

LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
"""Names of this machine in requests; a page whose own name leads to this machine has another one."""


def is_loopback(host: str) -> bool:
    """Return whether only programs on this machine reach a server.

    Example:
        >>> [is_loopback(host) for host in ("localhost", "127.0.0.2", "::1", "0.0.0.0")]
        [True, True, True, False]
    """
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:  # a name
        return False


def listener(host: str, port: int) -> socket.socket:
    """Return a socket that is bound to an address of this machine.

    Arguments:
        host: the address.
        port: TCP port, 0 to 65535; 0 for any that is free.

    Raises:
        MmcoreError: the port is in use, or the host is no address of this machine.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((host, port))
    except OSError as error:
        bound.close()
        if error.errno == errno.EADDRINUSE:
            raise MmcoreError(
                f"port {port} is in use by another program; choose another one with --port, or --port 0 for"
                " any free one"
            ) from error
        raise MmcoreError(
            f"cannot listen at '{host}', port {port} ({error.strerror}); leave out --host, or give an"
            " address of this machine"
        ) from error
    return bound


def url(bound: socket.socket) -> str:
    """Return the address of the server of a socket, without a slash at its end."""
    host, port = bound.getsockname()[:2]
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"
