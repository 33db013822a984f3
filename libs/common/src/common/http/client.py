"""Calls between services: `/internal/v1` with a service token, timeouts, retries, a circuit breaker."""

import time
from types import TracebackType
from typing import Any, Self

import httpx
from tenacity import AsyncRetrying, retry_if_exception_type, stop_after_attempt, wait_exponential_jitter

from common import context
from common.auth.service_tokens import ServiceTokens
from common.errors import Unavailable
from common.http.outgoing import Client
from common.settings import Settings

_TIMEOUT = httpx.Timeout(5.0, connect=1.0)
_OPEN_AFTER = 5
_OPEN_SECONDS = 5.0


class _Transient(Exception):
    """Worth another try."""


class CircuitBreaker:
    """After five failures in a row, refuses at once for five seconds, then lets one call try."""

    def __init__(self) -> None:
        self._failures = 0
        self._open_until = 0.0

    @property
    def is_open(self) -> bool:
        return time.monotonic() < self._open_until

    def record(self, *, success: bool) -> None:
        """Take note of how a call went."""
        self._failures = 0 if success else self._failures + 1
        if self._failures >= _OPEN_AFTER:
            self._open_until = time.monotonic() + _OPEN_SECONDS


class ServiceClient:
    """Asks other services' internal APIs. Only idempotent calls are retried."""

    def __init__(self, settings: Settings, tokens: ServiceTokens) -> None:
        self._urls = {
            "identity": settings.identity_url,
            "cases": settings.cases_url,
            "billing": settings.billing_url,
            "devices": settings.devices_url,
            "notifications": settings.notifications_url,
            "documents": settings.documents_url,
        }
        self._tokens = tokens
        self._client = Client(timeout=_TIMEOUT, among_ours=True)
        self._breakers = {service: CircuitBreaker() for service in self._urls}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, e: BaseException | None, t: TracebackType | None
    ) -> None:
        await self._client.aclose()

    async def get(self, service: str, path: str, **parameters: Any) -> Any | None:
        """The JSON of GET `/internal/v1{path}`, None for 404; `Unavailable` when it cannot be had."""
        answer = await self._request(service, "GET", path, params=parameters or None)
        return None if answer.status_code == 404 else answer.json()

    async def get_bytes(self, service: str, path: str) -> bytes | None:
        """The body of GET `/internal/v1{path}`, None for 404."""
        answer = await self._request(service, "GET", path)
        return None if answer.status_code == 404 else answer.content

    async def post(self, service: str, path: str, body: dict[str, Any]) -> Any | None:
        """The JSON of POST `/internal/v1{path}`, None for 404. The endpoint must be safe to call twice."""
        answer = await self._request(service, "POST", path, json=body)
        return None if answer.status_code == 404 else answer.json()

    async def _request(self, service: str, method: str, path: str, **options: Any) -> httpx.Response:
        breaker = self._breakers[service]
        if breaker.is_open:
            raise _unavailable(service)
        try:
            async for attempt in AsyncRetrying(
                stop=stop_after_attempt(3),
                wait=wait_exponential_jitter(multiplier=0.05, jitter=0.05, max=0.5),
                retry=retry_if_exception_type(_Transient),
                reraise=True,
            ):
                with attempt:
                    answer = await self._once(service, method, path, options)
        except (_Transient, httpx.HTTPError) as error:
            breaker.record(success=False)
            raise _unavailable(service) from error
        breaker.record(success=True)
        return answer

    async def _once(self, service: str, method: str, path: str, options: dict[str, Any]) -> httpx.Response:
        cause = context.current()
        headers = {
            "Authorization": f"Bearer {self._tokens.issue(service)}",
            "X-Request-Id": cause.request_id,
            "traceparent": cause.traceparent,
        }
        url = f"{self._urls[service]}/internal/v1{path}"
        try:
            answer = await self._client.request(method, url, headers=headers, **options)
        except httpx.TransportError as error:
            raise _Transient(str(error)) from error
        if answer.status_code >= 500 or answer.status_code == 429:
            raise _Transient(f"{service} answered {answer.status_code}")
        if answer.status_code != 404:
            answer.raise_for_status()
        return answer


def _unavailable(service: str) -> Unavailable:
    return Unavailable(f"The {service} service cannot be reached", code="INT_SERVICE_UNAVAILABLE")
