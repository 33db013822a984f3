"""What REST gateways have in common: a connection pool, a circuit breaker, errors by what they tell of the outcome."""

import hashlib
from collections.abc import AsyncIterator
from types import TracebackType
from typing import Any, ClassVar, Self, TypeVar

import httpx
from common.contracts.enums import GatewayType
from common.http.client import CircuitBreaker
from common.http.outgoing import Client
from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic.alias_generators import to_camel

from billing.gateways.interface import GatewayRefused, GatewayUnavailable, RemoteReturn
from billing.metrics import GATEWAY_CALLS

A = TypeVar("A", bound=BaseModel)
REFUSALS = frozenset({400, 404, 422})
"""Answers that would be the same again. 409, a reference in use, is none: looking the reference up tells more."""


class Answer(BaseModel):
    """A part of a gateway's answer; what the adapter does not read is ignored."""

    model_config = ConfigDict(alias_generator=to_camel)


class Problem(Answer):
    """A refusal: a code, and the paths of what is wrong. What it says of the values stays out of messages and logs."""

    code: str = ""
    details: list[dict[str, Any]] = []


class RestGateway:
    """Calls to one gateway. After five failures in a row it is left alone for some seconds."""

    gateway_type: ClassVar[GatewayType]

    def __init__(self, url: str, headers: dict[str, str], *, timeout: float) -> None:
        """`timeout` is in seconds, for a whole answer."""
        limits = httpx.Timeout(timeout, connect=min(timeout, 3.0))
        self._client = Client(base_url=url, headers=headers, timeout=limits)
        self._breaker = CircuitBreaker()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, e: BaseException | None, t: TracebackType | None
    ) -> None:
        await self._client.aclose()

    async def _call(self, shape: type[A], method: str, path: str, **options: Any) -> A:
        """The answer, read into `shape`. `GatewayRefused`, `GatewayUnavailable`."""
        if self._breaker.is_open:
            self._count("skipped")
            raise GatewayUnavailable("the gateway has failed several times in a row: waiting")
        try:
            answer = await self._answer(shape, method, path, options)
        except GatewayUnavailable:
            self._breaker.record(success=False)
            self._count("failed")
            raise
        except GatewayRefused:
            self._breaker.record(success=True)
            self._count("refused")
            raise
        self._breaker.record(success=True)
        self._count("done")
        return answer

    async def _answer(self, shape: type[A], method: str, path: str, options: dict[str, Any]) -> A:
        try:
            response = await self._client.request(method, path, **options)
        except httpx.TransportError as error:
            raise GatewayUnavailable(f"no answer: {type(error).__name__}") from error
        _check(response)
        try:
            return shape.model_validate_json(response.content)
        except ValidationError:
            # Without its cause: pydantic's message would quote the answer, and the answer may name a patient.
            raise GatewayUnavailable("the gateway's answer is not to the contract") from None

    async def taken(self, remote: RemoteReturn) -> None:
        """Nothing to do: the gateway keeps its files."""

    async def _download(self, path: str, sha256: str | None) -> AsyncIterator[bytes]:
        """The bytes of a file, as they come; `GatewayUnavailable` after the last when they are not what was listed."""
        try:
            async for chunk in self._pieces(path, sha256):
                yield chunk
        except GatewayUnavailable:
            self._count("failed")
            raise

    async def _pieces(self, path: str, sha256: str | None) -> AsyncIterator[bytes]:
        digest = hashlib.sha256()
        try:
            async with self._client.stream("GET", path) as response:
                if not response.is_success:
                    await response.aread()
                _check(response)
                async for chunk in response.aiter_bytes():
                    digest.update(chunk)
                    yield chunk
        except httpx.TransportError as error:
            raise GatewayUnavailable(f"the download broke off: {type(error).__name__}") from error
        if digest.hexdigest() != sha256:
            raise GatewayUnavailable("the file that came is not the one that was listed")

    def _count(self, outcome: str) -> None:
        GATEWAY_CALLS.labels(self.gateway_type, outcome).inc()


def _check(response: httpx.Response) -> None:
    if response.status_code in REFUSALS:
        raise GatewayRefused(f"the gateway answered {response.status_code}{_what(response)}")
    if not response.is_success:
        raise GatewayUnavailable(f"the gateway answered {response.status_code}")


def _what(response: httpx.Response) -> str:
    try:
        problem = Problem.model_validate_json(response.content)
    except ValidationError:
        return ""
    paths = sorted({str(each.get("path", "")) for each in problem.details})
    return f" {problem.code}{': ' if paths else ''}{', '.join(paths)}"
