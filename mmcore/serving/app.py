"""The HTTP interface of a service, with FastAPI."""

from collections.abc import Awaitable, Callable
from importlib.metadata import version
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ValidationError
from starlette.exceptions import HTTPException
from starlette.middleware.trustedhost import TrustedHostMiddleware

from mmcore.config.predict import ImputeSettings, ScoreSettings
from mmcore.config.validation import sentence
from mmcore.errors import MmcoreError, listed
from mmcore.serving.errors import sentence_of
from mmcore.serving.limits import Limits
from mmcore.serving.schemas import Embeddings, Failure, Health, Schemas, Scores
from mmcore.serving.service import Service
from mmcore.web import LOOPBACK, Busy, Queue, SizeLimit

__all__ = ["create_app"]

DESCRIPTION = """Imputation, embedding, scoring and generation by a trained model of mmcore.

A record is an object with a value for each modality that it has. Errors are `{"error": "one sentence"}`."""
FAILURES: dict[int | str, dict[str, Any]] = {
    413: {"model": Failure, "description": "the body is too large"},
    422: {"model": Failure, "description": "the request is not valid"},
    503: {"model": Failure, "description": "too many requests are waiting"},
}


def create_app(
    service: Service, name: str, limits: Limits, hosts: tuple[str, ...] | None = LOOPBACK
) -> FastAPI:
    """Return the application of a service; requests are carried out one at a time.

    Arguments:
        service: the model.
        name: of the run.
        limits: of the sizes of a request.
        hosts: names under which the service is reached; a request to another one, as from a page that
            has redirected its own name here, is refused. None: any.
    """
    app = FastAPI(
        title=f"mmcore: {name}",
        version=version("mmcore"),
        description=DESCRIPTION,
        docs_url=None,  # these pages load scripts from the internet
        redoc_url=None,
    )
    app.add_middleware(SizeLimit, megabytes=limits.megabytes)
    if hosts is not None:
        app.add_middleware(TrustedHostMiddleware, allowed_hosts=list(hosts))
    schemas = Schemas.of(service.forms, limits)
    _add_health(app, service, name)
    _add_endpoints(app, service, schemas, Queue(limits.waiting))
    _add_failures(app, service, schemas)
    return app


def _add_health(app: FastAPI, service: Service, name: str) -> None:
    health_response = Health(
        run=name, modalities=list(service.model.names), mmcore=version("mmcore")
    )

    @app.get("/health")
    async def health() -> Health:
        """Return the modalities of a service that is ready."""
        return health_response


def _add_endpoints(app: FastAPI, service: Service, schemas: Schemas, queue: Queue) -> None:
    def impute(body: Any) -> dict[str, Any]:
        settings = _settings(ImputeSettings, body, "level", "samples", "posterior", "seed")
        return service.impute(body.records, body.ids, settings)

    def embed(body: Any) -> dict[str, Any]:
        return service.embed(body.records, body.ids, body.seed)

    def score(body: Any) -> dict[str, Any]:
        settings = _settings(ScoreSettings, body, "samples", "by_modality", "seed")
        return service.score(body.records, body.ids, settings)

    def generate(body: Any) -> dict[str, Any]:
        return service.generate(body.rows, body.given, body.modalities, body.seed)

    _add(app, queue, impute, schemas.impute, schemas.imputed, "Fill missing modalities and cells.")
    _add(app, queue, embed, schemas.embed, Embeddings, "Compute the joint representation.")
    _add(app, queue, score, schemas.score, Scores, "Compute log p(X) of each record.")
    _add(app, queue, generate, schemas.generate, schemas.generated, "Generate records.")


def _add(
    app: FastAPI,
    queue: Queue,
    work: Callable[[Any], dict[str, Any]],
    body: type[BaseModel],
    response: type[BaseModel],
    summary: str,
) -> None:
    async def endpoint(request: BaseModel) -> JSONResponse:
        return JSONResponse(await queue.run(work, request))

    endpoint.__annotations__["request"] = body
    responses: dict[int | str, dict[str, Any]] = {200: {"model": response}, **FAILURES}
    app.post(f"/{work.__name__}", summary=summary, responses=responses, name=work.__name__)(
        endpoint
    )


def _settings(model: type[BaseModel], body: Any, *names: str) -> Any:
    try:
        return model.model_validate({name: getattr(body, name) for name in names})
    except ValidationError as error:
        raise MmcoreError(sentence(error, model, "the request")) from error


def _add_failures(app: FastAPI, service: Service, schemas: Schemas) -> None:
    fields = {
        f"/{path}": list(getattr(schemas, path).model_fields)
        for path in ("impute", "embed", "score", "generate")
    }

    async def invalid(request: Request, error: RequestValidationError) -> JSONResponse:
        known = fields.get(request.url.path, [])
        return _failure(422, sentence_of(error.errors(), known, service.forms))

    async def other(request: Request, error: HTTPException) -> JSONResponse:
        return _failure(error.status_code, _other(request, error, [*fields, "/health"]))

    def plain(status: int) -> Callable[[Request, Exception], Awaitable[JSONResponse]]:
        async def handle(request: Request, error: Exception) -> JSONResponse:
            return _failure(status, str(error))

        return handle

    async def not_a_text(request: Request, error: UnicodeEncodeError) -> JSONResponse:
        part = error.object[error.start]
        return _failure(
            422, f"a text of the request has {part!a}, half of a character; send all of it"
        )

    app.exception_handler(UnicodeEncodeError)(not_a_text)
    app.exception_handler(RequestValidationError)(invalid)
    app.exception_handler(HTTPException)(other)
    for kind, status in ((MmcoreError, 422), (Busy, 503)):
        app.exception_handler(kind)(plain(status))


def _other(request: Request, error: HTTPException, paths: list[str]) -> str:
    path, method = request.url.path, request.method
    if error.status_code == 404:
        return f"there is no '{path}', expected {listed([*paths, '/openapi.json'])}"
    if error.status_code == 405:
        return f"'{path}' does not take {method}; send POST, and GET to /health"
    if error.status_code == 413:
        return f"{error.detail}; send fewer records at a time"
    return f"the request cannot be read ({error.detail}); expected an object in JSON, in UTF-8"


def _failure(status: int, message: str) -> JSONResponse:
    headers = {"Retry-After": "1"} if status == 503 else None
    return JSONResponse({"error": message}, status, headers)
