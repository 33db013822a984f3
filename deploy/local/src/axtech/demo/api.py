"""The public API as one person uses it."""

import asyncio
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from types import TracebackType
from typing import Any, Self, TypeVar

import httpx

T = TypeVar("T")

_LONGEST_WAIT = 65.0  # seconds; a rate limit's window is a minute
_FIRST_PAUSE, _LONGEST_PAUSE = 0.05, 0.8

PATIENCE: ContextVar[float] = ContextVar("PATIENCE", default=30.0)
"""Seconds that `seen` waits where it is not told otherwise."""


class Refused(Exception):
    """The platform answered something else than was expected."""

    def __init__(self, call: str, answer: httpx.Response) -> None:
        super().__init__(f"{call} answered {answer.status_code}: {_said(answer)}")
        self.status = answer.status_code


class NotSeen(Exception):
    """What should have come by itself did not."""


class Api:
    """Calls under `/api/v1`, with a token once there is one; a call over the rate limit waits for its turn."""

    def __init__(
        self,
        gateway: str,
        on_wait: Callable[[str], None] = lambda _: None,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._client = httpx.AsyncClient(base_url=f"{gateway}/api/v1", timeout=30, trust_env=False, transport=transport)
        self._on_wait = on_wait

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._client.aclose()

    def sign(self, access_token: str) -> None:
        """Use this token from now on."""
        self._client.headers["Authorization"] = f"Bearer {access_token}"

    async def get(self, path: str, **parameters: Any) -> Any:
        return await self.call("GET", path, params={k: v for k, v in parameters.items() if v is not None})

    async def post(self, path: str, body: Any = None, **options: Any) -> Any:
        return await self.call("POST", path, **({"json": body} if body is not None else {}), **options)

    async def patch(self, path: str, body: Any) -> Any:
        return await self.call("PATCH", path, json=body)

    async def put(self, path: str, body: Any) -> Any:
        return await self.call("PUT", path, json=body)

    async def call(self, method: str, path: str, **options: Any) -> Any:
        """The JSON of a successful answer, None where there is no body; `Refused` for any other."""
        while True:
            answer = await self._client.request(method, path, **options)
            wait = float(answer.headers.get("retry-after", "0") or 0)
            if answer.status_code != 429 or not 0 < wait <= _LONGEST_WAIT:
                break
            self._on_wait(f"{method} {path} is rate limited: waiting {wait:.0f} s")
            await asyncio.sleep(wait)
        if not answer.is_success:
            raise Refused(f"{method} {path}", answer)
        return answer.json() if answer.content else None


async def seen(
    probe: Callable[[], Awaitable[T]], until: Callable[[T], Any] = bool, *, what: str, seconds: float | None = None
) -> T:
    """What `probe` gives once `until` is content with it; `NotSeen`, naming `what`, when it never is."""
    seconds = PATIENCE.get() if seconds is None else seconds
    pause, deadline = _FIRST_PAUSE, asyncio.get_running_loop().time() + seconds
    while True:
        value = await probe()
        if until(value):
            return value
        if asyncio.get_running_loop().time() > deadline:
            raise NotSeen(f"{what} was not seen within {seconds:.0f} s; the last look gave {_short(value)}")
        await asyncio.sleep(pause)
        pause = min(_LONGEST_PAUSE, pause * 1.5)


def _said(answer: httpx.Response) -> str:
    try:
        error = answer.json()["error"]
        details = "; ".join(f"{detail['field']}: {detail['message']}" for detail in error["details"])
        return f"{error['code']} {error['message']}" + (f" ({details})" if details else "")
    except (ValueError, KeyError, TypeError):
        return answer.text[:300]


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 300 else f"{text[:300]}…"
