"""The web application of `mmcore demo`: one page, and responses in JSON.

Its content security policy allows scripts, styles and requests of this server alone.
"""

import json
from collections.abc import Callable, Mapping
from functools import partial
from importlib.resources import files
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request as HttpRequest
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from mmcore.demo.latents import traversal
from mmcore.demo.model import DemoModel
from mmcore.demo.requests import Request, TraversalRequest, parsed
from mmcore.demo.responses import generated, record, sampled
from mmcore.errors import MmcoreError
from mmcore.web import LOOPBACK, Busy, Queue, SizeLimit

__all__ = ["HEADERS", "PAGES", "application"]

MEGABYTES, MOST_WAITING = 8, 32
"""The largest request, in units of 2^20 bytes, and the number of requests that wait or are carried out."""
BUSY = "The model is busy with other visitors; try again in a few seconds."
PAGES: Mapping[str, tuple[str, str, str]] = {
    "/": ("mmcore.demo", "page/index.html", "text/html"),
    "/page.css": ("mmcore.reporting", "templates/page.css", "text/css"),
    "/demo.css": ("mmcore.demo", "page/demo.css", "text/css"),
    "/main.js": ("mmcore.demo", "page/main.js", "text/javascript"),
    "/inputs.js": ("mmcore.demo", "page/inputs.js", "text/javascript"),
    "/drawing.js": ("mmcore.demo", "page/drawing.js", "text/javascript"),
    "/outputs.js": ("mmcore.demo", "page/outputs.js", "text/javascript"),
    "/elements.js": ("mmcore.demo", "page/elements.js", "text/javascript"),
}
"""By address, the package, the file and the type of its content."""
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:;"
        " connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
Respond = Callable[[DemoModel, Any], dict[str, Any]]


def application(demo: DemoModel, hosts: tuple[str, ...] = LOOPBACK) -> Starlette:
    """Return the application for one model.

    Arguments:
        demo: the model with its records.
        hosts: names by which the server is reached.
    """
    queue = Queue(MOST_WAITING)

    def responding(respond: Respond, model: type[Request]) -> Callable[[HttpRequest], Any]:
        async def endpoint(request: HttpRequest) -> Response:
            given = parsed(model, await _document(request))
            return _json(await queue.run(partial(respond, demo), given))

        return endpoint

    async def described(request: HttpRequest) -> Response:
        return _json(demo.described())

    async def one_record(request: HttpRequest) -> Response:
        key = request.query_params.get("id", "")
        return _json(await queue.run(partial(record, demo), key))

    return Starlette(
        routes=[
            *(Route(path, _page(path)) for path in PAGES),
            Route("/api/model", described),
            Route("/api/record", one_record),
            Route("/api/generate", responding(generated, Request), methods=["POST"]),
            Route("/api/walk", responding(traversal, TraversalRequest), methods=["POST"]),
            Route("/api/sample", responding(sampled, Request), methods=["POST"]),
        ],
        middleware=[
            Middleware(TrustedHostMiddleware, allowed_hosts=list(hosts)),
            Middleware(SizeLimit, megabytes=MEGABYTES),
        ],
        exception_handlers={
            MmcoreError: lambda _, error: _json({"error": str(error)}, 422),
            Busy: lambda _, error: _json({"error": BUSY}, 503),
            HTTPException: lambda _, error: _json({"error": error.detail}, error.status_code),
        },
    )


def _page(path: str) -> Callable[[HttpRequest], Any]:
    package, file, kind = PAGES[path]
    content = files(package).joinpath(file).read_bytes()

    async def endpoint(request: HttpRequest) -> Response:
        return Response(content, media_type=f"{kind}; charset=utf-8", headers=HEADERS)

    return endpoint


async def _document(request: HttpRequest) -> Any:
    """Return the JSON of a request; a form of another site cannot send this type of content."""
    if request.headers.get("content-type", "").partition(";")[0] != "application/json":
        raise HTTPException(415, "The request has another type than application/json.")
    body = await request.body()
    try:
        return json.loads(body)
    except (UnicodeDecodeError, ValueError, RecursionError):
        raise HTTPException(400, "The request is no JSON.") from None


def _json(document: Mapping[str, Any], status: int = 200) -> Response:
    return JSONResponse(dict(document), status, HEADERS)
