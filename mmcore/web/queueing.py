"""Limits on the size and the number of the requests to a server."""

from collections.abc import Callable
from typing import Any, final

from anyio import CapacityLimiter, to_thread
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mmcore.errors import MmcoreError

__all__ = ["Busy", "Queue", "SizeLimit"]


@final
class Busy(MmcoreError):
    """As many requests are waiting as the limit allows."""


@final
class Queue:
    """Requests are carried out one at a time, in the order in which they arrive.

    Arguments:
        most: number of requests that wait or are carried out at a time.
    """

    def __init__(self, most: int) -> None:
        self._most, self._pending = most, 0
        self._one_at_a_time: CapacityLimiter | None = None

    async def run(self, work: Callable[[Any], dict[str, Any]], request: Any) -> dict[str, Any]:
        """Return the response of ``work`` to a request, computed in a thread.

        Raises:
            Busy: too many requests are waiting.
        """
        if self._pending >= self._most:
            raise Busy(f"{self._pending} requests are waiting; send the request again in a second")
        if self._one_at_a_time is None:  # it belongs to the event loop, which does not run at first
            self._one_at_a_time = CapacityLimiter(1)
        self._pending += 1
        try:
            return await to_thread.run_sync(work, request, limiter=self._one_at_a_time)
        finally:
            self._pending -= 1


@final
class SizeLimit:
    """Refuses a body that is too large before it is in memory, by its length or while it arrives.

    Arguments:
        app: the application.
        megabytes: the largest body, in units of 2^20 bytes.
    """

    def __init__(self, app: ASGIApp, megabytes: int) -> None:
        self._app, self._megabytes = app, megabytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or respond with an error."""
        length = Headers(scope=scope).get("content-length", "") if scope["type"] == "http" else ""
        received = int(length) if length.isdecimal() else 0

        async def limited() -> Message:
            nonlocal received
            message = await receive()
            received += 0 if length else len(message.get("body", b""))
            if received > self._megabytes << 20:
                raise HTTPException(413, f"the request has more than {self._megabytes} MiB")
            return message

        await self._app(scope, limited, send)
