"""One pure ASGI layer around every request: its context, its limits, its metrics, its log line, its last resort."""

import time
from collections.abc import MutableMapping
from functools import cache
from typing import Any

import structlog
from opentelemetry.trace import SpanKind
from prometheus_client import Counter, Histogram
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from common import context
from common.errors import TooLarge
from common.http import problems
from common.telemetry import metrics, traces

log = structlog.get_logger(__name__)
_QUIET = frozenset({"/health/live", "/health/ready", "/metrics"})


class Edge:
    """The outermost layer of a service."""

    def __init__(self, app: ASGIApp, *, body_limit: int) -> None:
        """`body_limit` is in bytes; a route raises it for itself by `raise_body_limit`."""
        self._app = app
        self._body_limit = body_limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = _headers(scope)
        given = headers.get(b"traceparent", b"").decode("latin-1") or None
        if traces.is_on() and scope["path"] not in _QUIET:
            with traces.span(scope["method"], SpanKind.SERVER, parent=given) as traceparent:
                await self._under(traceparent, scope, receive, send, headers)
        else:
            await self._under(context.child_traceparent(given), scope, receive, send, headers)

    async def _under(
        self, traceparent: str, scope: Scope, receive: Receive, send: Send, headers: dict[bytes, bytes]
    ) -> None:
        cause = context.Context(
            request_id=context.accept_request_id(headers.get(b"x-request-id", b"").decode("latin-1") or None),
            traceparent=traceparent,
            ip_address=scope["client"][0] if scope.get("client") else None,
            user_agent=headers.get(b"user-agent", b"").decode("latin-1")[:500] or None,
        )
        with context.use(cause):
            await self._serve(scope, receive, send, headers)

    async def _serve(self, scope: Scope, receive: Receive, send: Send, headers: dict[bytes, bytes]) -> None:
        started = time.perf_counter()
        request_id = context.current().request_id.encode()
        status = 0

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                extra = scope.get("axtech.headers", [])
                message["headers"] = [*message["headers"], (b"x-request-id", request_id), *extra]
            await send(message)

        scope["axtech.body_limit"] = self._body_limit
        try:
            await self._app(scope, _limited(scope, receive, headers), send_with_id)
        except Exception as error:
            if status:
                raise
            answer = problems.unexpected(error)
            await answer(scope, receive, send_with_id)
        finally:
            self._observe(scope, status, time.perf_counter() - started)

    def _observe(self, scope: Scope, status: int, seconds: float) -> None:
        route = scope.get("route")
        path = getattr(route, "path", "unmatched")
        method = scope["method"]
        requests, duration = _measures(method, path, status)
        requests.inc()
        duration.observe(seconds)
        if scope["path"] not in _QUIET:
            if traces.is_on():
                _describe(method, path, status)
            log.info("request", method=method, path=path, status_code=status, milliseconds=round(seconds * 1000, 2))


@cache
def _measures(method: str, path: str, status: int) -> tuple[Counter, Histogram]:
    """The labelled metrics of a route, looked up once: there are as many as routes and statuses."""
    return metrics.HTTP_REQUESTS.labels(method, path, status), metrics.HTTP_DURATION.labels(method, path)


def _describe(method: str, path: str, status: int) -> None:
    """Name the request's span by its route: what stands in the path itself is not for traces."""
    about: traces.Attributes = {
        "http.request.method": method,
        "http.route": path,
        "http.response.status_code": status,
        "axtech.request_id": context.current().request_id,
    }
    traces.describe(f"{method} {path}", about)
    if status >= 500 or not status:
        traces.fail(str(status or "no answer"))


def _headers(scope: Scope) -> dict[bytes, bytes]:
    return dict(scope["headers"])


def _limited(scope: Scope, receive: Receive, headers: dict[bytes, bytes]) -> Receive:
    received = 0
    declared = headers.get(b"content-length", b"")

    async def limited() -> Message:
        nonlocal received
        limit = int(scope["axtech.body_limit"])
        if declared.isdigit() and int(declared) > limit:
            raise _too_large(limit)
        message = await receive()
        if message["type"] == "http.request":
            received += len(message.get("body", b""))
            if received > limit:
                raise _too_large(limit)
        return message

    return limited


def _too_large(limit: int) -> TooLarge:
    return TooLarge(f"The body is larger than {limit} bytes")


def raise_body_limit(request: Request, limit: int) -> None:
    """Let this request's body have up to `limit` bytes."""
    request.scope["axtech.body_limit"] = limit


def add_header(scope: MutableMapping[str, Any], name: bytes, value: str) -> None:
    """Send a header (its name in lower case) with the answer, whichever answer it will be."""
    scope.setdefault("axtech.headers", []).append((name, value.encode()))
