"""Calling a provider over HTTP: what is tried again at once, what is left to the queue, what is final.

A call is repeated at once only where it surely had no effect: the connection was refused, or the provider said that it
is called too often. After a time-out or a server error nobody knows whether the message is on its way, so the queue
tries again later, with the same idempotency key.
"""

import asyncio
import re
from email.utils import parsedate_to_datetime
from typing import Any

import httpx
from common.clock import now
from tenacity import AsyncRetrying, retry_if_exception_type, stop_after_attempt, wait_random_exponential

from notifications.providers.messages import NotTaken, Refused, Unreachable

_ATTEMPTS = 3
_LONGEST_PAUSE = 15.0
_ACCOUNT_TROUBLE = frozenset({401, 402, 403})
"""The account's fault, not the message's: the message is not given up for it."""
_TIMED_OUT = 408
_SAFE_CODE = re.compile(r"[\w.-]{1,60}")


class _Again(NotTaken):
    """Nothing was taken, and asking at once once more may help."""


class Transport:
    """HTTP to one provider. A pause that it asks for holds for every call of the process."""

    def __init__(self, provider: str, base_url: str, client: httpx.AsyncClient) -> None:
        self.provider = provider
        self._base_url = base_url.rstrip("/")
        self._client = client
        self._paused_until = 0.0

    async def post(self, path: str, **options: Any) -> httpx.Response:
        """The answer, 2xx or a refusal of this very message (4xx); `NotTaken` or `Unreachable` otherwise."""
        async for attempt in AsyncRetrying(
            stop=stop_after_attempt(_ATTEMPTS),
            wait=wait_random_exponential(multiplier=0.1, max=1.0),
            retry=retry_if_exception_type(_Again),
            reraise=True,
        ):
            with attempt:
                answer = await self._once(path, options)
        return answer

    def refused(self, answer: httpx.Response, *, dead: frozenset[str] = frozenset()) -> Refused:
        """The refusal an answer stands for, with the provider's own error code where it gives one.

        `dead` are the codes by which it says that nothing can ever be sent to that address.
        """
        code = safe_code(body_of(answer).get("code"))
        return Refused(f"{self.provider} {answer.status_code} {code}".strip(), dead=code in dead)

    async def _once(self, path: str, options: dict[str, Any]) -> httpx.Response:
        await self._wait_for_pause()
        try:
            answer = await self._client.post(f"{self._base_url}{path}", **options)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            raise _Again(f"{self.provider}: no connection, {type(error).__name__}") from error
        except httpx.TransportError as error:
            raise Unreachable(f"{self.provider}: {type(error).__name__}") from error
        status = answer.status_code
        if status == 429:
            self._paused_until = asyncio.get_running_loop().time() + retry_after(answer)
            raise _Again(f"{self.provider} asks for a pause")
        if status in _ACCOUNT_TROUBLE:
            raise NotTaken(f"{self.provider} answered {status}")
        if status == _TIMED_OUT or not (200 <= status < 300 or 400 <= status < 500):
            raise Unreachable(f"{self.provider} answered {status}")
        return answer

    async def _wait_for_pause(self) -> None:
        pause = self._paused_until - asyncio.get_running_loop().time()
        if pause > _LONGEST_PAUSE:
            raise NotTaken(f"{self.provider} asks for a pause of {pause:.0f} s")
        if pause > 0:
            await asyncio.sleep(pause)


def safe_code(value: object) -> str:
    """A provider's code as it may be kept and shown; empty for what is none (a sentence may name an address)."""
    code = str(value) if value is not None else ""
    return code if _SAFE_CODE.fullmatch(code) else ""


def body_of(answer: httpx.Response) -> dict[str, Any]:
    """The JSON object of an answer; empty when it is none (a proxy's page, half a body, nothing)."""
    try:
        body = answer.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def retry_after(answer: httpx.Response) -> float:
    """Seconds the answer asks to wait, given as a number or as a date; one second when it does not say."""
    value = answer.headers.get("retry-after", "").strip()
    if value.isdecimal() and value.isascii():
        return float(value)
    try:
        return max(0.0, (parsedate_to_datetime(value) - now()).total_seconds())
    except (ValueError, TypeError):
        return 1.0
