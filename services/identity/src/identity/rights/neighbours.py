"""Reading the other services' public API in the caller's name: what comes back is what the caller may see."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
from common import context
from common.errors import Unavailable
from common.http.outgoing import Client
from common.settings import Settings

_TIMEOUT = httpx.Timeout(15.0, connect=2.0)
_PAGE = 200
_TRIES = 3
_LONGEST_WAIT = 60


class NotReadable(Exception):
    """A service refused, or could not be had; `status` says how: NOT_PERMITTED or UNAVAILABLE."""

    def __init__(self, status: str) -> None:
        super().__init__(status)
        self.status = status


class Neighbours:
    """The clients of the other services."""

    def __init__(self, settings: Settings) -> None:
        self._urls = {
            "cases": settings.cases_url,
            "billing": settings.billing_url,
            "devices": settings.devices_url,
            "notifications": settings.notifications_url,
            "documents": settings.documents_url,
        }
        self._storage = Addresses(settings.s3_public_endpoint, settings.s3_endpoint)
        self._client = Client(timeout=_TIMEOUT, among_ours=True)

    async def close(self) -> None:
        await self._client.aclose()

    def as_caller(self, authorization: str) -> "Caller":
        """Read with the access token of the call being served."""
        return Caller(self._client, self._urls, self._storage, authorization)


@dataclass(frozen=True, slots=True)
class Addresses:
    """Object storage as browsers reach it, which is how links are made, and as services do."""

    public: str | None
    inside: str | None

    def from_inside(self, link: str) -> tuple[str, dict[str, str]]:
        """Where a service reads what `link` names, and the headers to send: the host is part of what was signed."""
        if not self.public or not self.inside or not link.startswith(f"{self.public.rstrip('/')}/"):
            return link, {}
        address = self.inside.rstrip("/") + link.removeprefix(self.public.rstrip("/"))
        return address, {"Host": httpx.URL(link).netloc.decode()}


@dataclass(frozen=True, slots=True)
class Caller:
    """Reads in the name of one caller."""

    client: httpx.AsyncClient
    urls: dict[str, str]
    storage: Addresses
    authorization: str

    async def items(self, service: str, path: str, **parameters: str) -> list[dict[str, Any]]:
        """All items of a list, page after page; a plain array is taken as it is. `NotReadable`."""
        found: list[dict[str, Any]] = []
        cursor: str | None = None
        while True:
            query = parameters | {"limit": str(_PAGE)} | ({"cursor": cursor} if cursor else {})
            page = (await self._ask("GET", service, path, query)).json()
            if isinstance(page, list):
                return page
            found += page["items"]
            cursor = page.get("nextCursor")
            if cursor is None:
                return found

    async def one(self, service: str, path: str) -> dict[str, Any] | None:
        """A single resource, None where there is none. `NotReadable`."""
        answer = await self._ask("GET", service, path, {}, allowed=(404,))
        body: dict[str, Any] = answer.json()
        return None if answer.status_code == 404 else body

    @asynccontextmanager
    async def content(self, document_id: str) -> AsyncIterator[AsyncIterator[bytes]]:
        """A document's bytes, in chunks. `NotReadable`."""
        where = await self._ask("GET", "documents", f"/documents/{document_id}/download", {})
        try:
            url, headers = self.storage.from_inside(where.json()["url"])
            async with self.client.stream("GET", url, headers=headers) as answer:
                answer.raise_for_status()
                yield answer.aiter_bytes()
        except httpx.HTTPError as error:
            raise NotReadable("UNAVAILABLE") from error

    async def _ask(
        self, method: str, service: str, path: str, query: dict[str, str], *, allowed: tuple[int, ...] = ()
    ) -> httpx.Response:
        cause = context.current()
        headers = {"Authorization": self.authorization, "X-Request-Id": cause.request_id}
        url = f"{self.urls[service]}/api/v1{path}"
        for turn in range(1, _TRIES + 1):
            try:
                answer = await self.client.request(method, url, params=query, headers=headers)
            except httpx.TransportError as error:
                if turn == _TRIES:
                    raise NotReadable("UNAVAILABLE") from error
                await asyncio.sleep(0.1 * turn)
                continue
            if answer.status_code == 429 and turn < _TRIES:
                await asyncio.sleep(min(_LONGEST_WAIT, int(answer.headers.get("retry-after", "1"))))
                continue
            if answer.is_success or answer.status_code in allowed:
                return answer
            raise NotReadable("NOT_PERMITTED" if answer.status_code in {401, 403} else "UNAVAILABLE")
        raise NotReadable("UNAVAILABLE")


def unavailable(error: NotReadable) -> Unavailable:
    """What a caller is told when the answer of a service is needed and cannot be had."""
    return Unavailable(f"A service cannot be read now ({error.status})", code="INT_SERVICE_UNAVAILABLE")
