"""Clients that do not give up: what was not answered is asked again, as the same call."""

import asyncio
import hashlib
import time
from collections.abc import Mapping
from pathlib import Path
from uuid import uuid4

import httpx

from axtech.demo.api import Api
from axtech.demo.people import Sessions

_FRESH = 300.0  # seconds an access token must still be good for when a journey begins
_LONGEST = 240.0  # seconds
_FIRST_PAUSE, _LONGEST_PAUSE = 0.2, 2.0


class GaveUp(httpx.TransportError):
    """The platform did not answer a call for minutes."""


class Persistent(httpx.AsyncBaseTransport):
    """Tries a call again while it is not answered, or answered by an error of the platform's.

    Every POST carries an `Idempotency-Key`, the same at each try.
    """

    def __init__(self, keys: "Keys") -> None:
        self._inner = httpx.AsyncHTTPTransport(retries=0, limits=httpx.Limits(max_keepalive_connections=2))
        self._keys = keys

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if request.method == "POST":
            request.headers["Idempotency-Key"] = self._keys.next()
        pause, deadline, last = _FIRST_PAUSE, time.monotonic() + _LONGEST, "nothing"
        while time.monotonic() < deadline:
            try:
                answer = await self._inner.handle_async_request(request)
                if answer.status_code < 500 and not _without_routes(answer):
                    return answer
                last = str(answer.status_code)
                self._keys.count(last)
                await answer.aclose()
            except httpx.TransportError as error:
                last = type(error).__name__
                self._keys.count(last)
            await asyncio.sleep(pause)
            pause = min(_LONGEST_PAUSE, pause * 1.5)
        raise GaveUp(f"{request.method} {request.url.path} was not answered within {_LONGEST:.0f} s: {last}")

    async def aclose(self) -> None:
        await self._inner.aclose()


def _without_routes(answer: httpx.Response) -> bool:
    """Whether the gateway, just started, knows no routes yet: no service answers 404 in plain text."""
    return answer.status_code == 404 and answer.headers.get("content-type", "").startswith("text/plain")


class Keys:
    """The keys of one journey's calls, the same in each run of a seed, and how often a call had to be made again."""

    def __init__(self, tag: str) -> None:
        self._tag = tag
        self._number = 0
        self.again: dict[str, int] = {}

    def next(self) -> str:
        self._number += 1
        return f"{self._tag}-{self._number}"

    def count(self, what: str) -> None:
        self.again[what] = self.again.get(what, 0) + 1


class StaffSessions(Sessions):
    """Staff sign in while nothing is broken, for all journeys that begin soon."""

    def __init__(self, home: Path) -> None:
        super().__init__(home)
        self._good_until: dict[str, float] = {}
        self._tokens: dict[str, str] = {}

    async def renew(self, gateway: str, accounts: Mapping[str, Mapping[str, str]]) -> None:
        """Have every account's token good for long enough."""
        for account in accounts.values():
            email = account["email"]
            if self._good_until.get(email, 0) - time.time() > _FRESH:
                continue
            async with Api(gateway, transport=Persistent(Keys(f"staff-{uuid4()}"))) as api:
                await super().sign_in(api, account)
            self._tokens[email] = str(self._known[email]["accessToken"])
            self._good_until[email] = float(self._known[email]["expiresAt"])

    async def sign_in(self, api: Api, account: Mapping[str, str]) -> None:
        api.sign(self._tokens[account["email"]])


def invented_tag(seed: int, fault: str, number: int) -> str:
    """Eight hexadecimal digits that tell a journey from all others, the same in each run of a seed."""
    return hashlib.sha256(f"{seed} {fault} {number}".encode()).hexdigest()[:8]
