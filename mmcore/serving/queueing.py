"""Limits on the size and the number of the requests to a service."""

from collections.abc import Callable
from typing import Any, final

from anyio import CapacityLimiter, to_thread
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mmcore.errors import MmcoreError
from mmcore.serving.limits import Limits

__all__ = ["Busy", "Queue", "SizeLimit"]


@final
class Busy(MmcoreError):
    """As many requests are waiting as the limit allows."""


@final
class Queue:
    """Requests are answered one at a time, in the order in which they arrive.

    Arguments:
        limits: how many can wait.
    """

    def __init__(self, limits: Limits) -> None:
        self._limits, self._pending = limits, 0
        self._one_at_a_time: CapacityLimiter | None = None

    async def run(self, work: Callable[[Any], dict[str, Any]], request: Any) -> dict[str, Any]:
        """Return the answer of ``work`` to a request, computed in a thread.

        Raises:
            Busy: too many requests are waiting.
        """
        if self._pending >= self._limits.waiting:
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
        limits: the largest body.
    """

    def __init__(self, app: ASGIApp, limits: Limits) -> None:
        self._app, self._most = app, limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or answer it with an error."""
        length = Headers(scope=scope).get("content-length", "") if scope["type"] == "http" else ""
        received = int(length) if length.isdecimal() else 0

        async def limited() -> Message:
            nonlocal received
            message = await receive()
            received += 0 if length else len(message.get("body", b""))
            if received > self._most.bytes:
                raise HTTPException(413, f"the request has more than {self._most.megabytes} MiB")
            return message

        await self._app(scope, limited, send)
