"""Every failure as the specification's envelope (section 3.1)."""

from collections.abc import Awaitable, Callable, Sequence
from http import HTTPStatus
from typing import Any

import orjson
import structlog
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from sqlalchemy.orm.exc import StaleDataError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from common import context
from common.clock import now
from common.errors import AppError, ErrorEnvelope
from common.events.dead_letters import explain
from common.events.failures import is_database_away

log = structlog.get_logger(__name__)

_HTTP_CODES = {
    404: "SYS_ROUTE_NOT_FOUND",
    405: "SYS_METHOD_NOT_ALLOWED",
    400: "VAL_MALFORMED",
    413: "VAL_BODY_TOO_LARGE",
    415: "VAL_MEDIA_TYPE",
}

_REFERENCE = "#/components/schemas/{model}"

DECLARED: dict[int | str, dict[str, Any]] = {
    status: {
        "description": HTTPStatus(status).phrase,
        "content": {"application/json": {"schema": {"$ref": _REFERENCE.format(model="ErrorEnvelope")}}},
    }
    for status in (400, 401, 403, 404, 409, 412, 413, 422, 429, 500, 503)
}
"""For `responses=`: every error an operation can answer. By reference: FastAPI would make a model of each anew."""


def declare(app: FastAPI) -> None:
    """Add what DECLARED refers to to the app's OpenAPI document."""
    made = app.openapi

    def openapi() -> dict[str, Any]:
        document = made()
        schema = ErrorEnvelope.model_json_schema(by_alias=True, ref_template=_REFERENCE, mode="serialization")
        schemas = document.setdefault("components", {}).setdefault("schemas", {})
        schemas.update(schema.pop("$defs"))
        schemas["ErrorEnvelope"] = schema
        return document

    app.openapi = openapi  # type: ignore[method-assign]


def envelope(
    status: int,
    code: str,
    message: str,
    details: Sequence[dict[str, Any]] = (),
    headers: dict[str, str] | None = None,
) -> Response:
    """An error response."""
    body = {
        "error": {
            "code": code,
            "message": message,
            "details": list(details),
            "requestId": context.current().request_id,
            "timestamp": now().strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        }
    }
    return Response(orjson.dumps(body), status, headers, "application/json")


def json_path(location: Sequence[str | int]) -> str:
    """`("body", "lines", 0, "quantity")` as `lines[0].quantity`; the whole body is `$`."""
    path = ""
    for part in location[1:] if location and location[0] in {"body", "query", "path", "header"} else location:
        path += f"[{part}]" if isinstance(part, int) else f".{part}" if path else str(part)
    return path or "$"


def register(app: FastAPI) -> None:
    """Turn every kind of failure of `app` into the envelope."""
    for kind, handler in _HANDLERS.items():
        app.add_exception_handler(kind, handler)


async def answer(request: Request, error: Exception) -> Response:
    """The same, for what is served beside the app's routes; an error of no known kind is raised again."""
    for kind in type(error).__mro__:
        if handler := _HANDLERS.get(kind):
            return await handler(request, error)
    raise error


def unexpected(error: Exception) -> Response:
    """What answers a failure nobody foresaw: 503 when the database is away, else 500; details stay in the log."""
    if is_database_away(error):
        log.error("database_away", error=explain(error))
        return envelope(503, "SYS_UNAVAILABLE", "The service is temporarily unavailable", headers={"Retry-After": "2"})
    log.error("unhandled_error", error=explain(error), exc_info=error)
    return envelope(500, "SYS_INTERNAL", "An unexpected error occurred")


async def _app_error(_request: Request, error: Exception) -> Response:
    assert isinstance(error, AppError)  # noqa: S101 - registered for it
    details = [detail.as_json() for detail in error.details]
    return envelope(error.status, error.code, error.message, details, error.headers)


async def _validation_error(_request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for it
    problems = error.errors()
    if any(problem["type"] == "json_invalid" for problem in problems):
        return envelope(400, "VAL_MALFORMED_JSON", "The body is not valid JSON")
    details = [
        {
            "field": json_path(problem["loc"]),
            "code": str(problem["type"]).upper().replace(".", "_"),
            "message": str(problem["msg"]),
        }
        for problem in problems
    ]
    return envelope(400, "VAL_INVALID", "One or more fields failed validation", details)


async def _http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for it
    if isinstance(error.__cause__, AppError):  # FastAPI turns what goes wrong while it reads a body into a 400
        return await _app_error(request, error.__cause__)
    code = _HTTP_CODES.get(error.status_code, "SYS_HTTP")
    phrase = HTTPStatus(error.status_code).phrase
    return envelope(error.status_code, code, phrase, headers=dict(error.headers or {}))


async def _lost_update(_request: Request, _error: Exception) -> Response:
    return envelope(409, "BIZ_CONCURRENT_CHANGE", "The resource was changed by somebody else at the same time")


_HANDLERS: dict[type[Any], Callable[[Request, Exception], Awaitable[Response]]] = {
    AppError: _app_error,
    RequestValidationError: _validation_error,
    HTTPException: _http_error,
    StaleDataError: _lost_update,
}
