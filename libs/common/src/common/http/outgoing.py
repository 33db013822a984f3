"""Calls to others over HTTP, seen in traces."""

import ssl
from functools import cache
from typing import Any

import httpx
from opentelemetry.trace import SpanKind

from common.telemetry import traces


@cache
def _trust() -> ssl.SSLContext:
    """Reading all the authorities that are trusted takes longer than many a call: once a process."""
    return httpx.create_ssl_context()


class Client(httpx.AsyncClient):
    """httpx's client; each call is a span while traces are made.

    A span tells whom was called and how it ended, not the path: with others a path may hold what is personal.
    """

    def __init__(self, *, among_ours: bool = False, **options: Any) -> None:
        """`among_ours`: the trace goes on at the other side; nobody else is told its id."""
        super().__init__(verify=_trust(), **options)
        self._among_ours = among_ours

    async def send(self, request: httpx.Request, **options: Any) -> httpx.Response:
        """As httpx does."""
        if not traces.is_on():
            return await super().send(request, **options)
        name = f"{request.method} {request.url.host}"
        about: traces.Attributes = {"http.request.method": request.method, "server.address": request.url.host}
        with traces.span(name, SpanKind.CLIENT, attributes=about) as traceparent:
            if self._among_ours:
                request.headers["traceparent"] = traceparent
            answer = await super().send(request, **options)
            traces.describe(name, {"http.response.status_code": answer.status_code})
            if answer.status_code >= 500:
                traces.fail(str(answer.status_code))
            return answer
