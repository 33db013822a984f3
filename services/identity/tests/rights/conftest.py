"""The other services, as far as a patient's rights ask them."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest_asyncio
from common.testing import RunningService

PDF = b"%PDF-1.7 a signed paper"


@dataclass
class Elsewhere:
    """Lists by path, documents with what keeps them, refusals by path, and what was asked.

    What is asked internally about a person is a list by its last name: `/claims`.
    """

    lists: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    standing: list[dict[str, Any]] = field(default_factory=list)
    refusals: dict[str, tuple[int, dict[str, Any]]] = field(default_factory=dict)
    away: set[str] = field(default_factory=set)
    asked: list[tuple[str, str, str]] = field(default_factory=list)

    def answer(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path.removeprefix("/api/v1")
        self.asked.append((request.method, path, request.headers.get("authorization", "")))
        if request.url.host in self.away:
            raise httpx.ConnectError("away")
        if request.url.host == "storage":
            return httpx.Response(200, content=PDF)
        if (refusal := self.refusals.get(f"{request.method} {path}")) is not None:
            return httpx.Response(refusal[0], json=refusal[1], headers={"Retry-After": "0"})
        if path.startswith("/internal/v1/"):
            return self._internal(path.rsplit("/", 1)[1], request.url.params.get("cursor"))
        if path.endswith("/download"):
            return httpx.Response(200, json={"url": "http://storage/signed", "expiresAt": "2030-01-01T00:00:00Z"})
        if path.endswith("/maintenance-contract"):
            return httpx.Response(404, json={})
        return self._page(path, request.url.params.get("cursor"))

    def _internal(self, name: str, cursor: str | None) -> httpx.Response:
        return httpx.Response(200, json=self.standing) if name == "documents" else self._page(f"/{name}", cursor)

    def _page(self, path: str, cursor: str | None) -> httpx.Response:
        items = self.lists.get(path, [])
        at = int(cursor or 0)
        following = str(at + 1) if at + 1 < len(items) else None
        return httpx.Response(200, json={"items": items[at : at + 1], "nextCursor": following})


@pytest_asyncio.fixture
async def elsewhere(identity: RunningService) -> AsyncIterator[Elsewhere]:
    """The other services answer from here."""
    known = Elsewhere()
    async with httpx.AsyncClient(transport=httpx.MockTransport(known.answer)) as client:
        for asking in (identity.resources.neighbours, identity.resources.services):
            await asking._client.aclose()
            asking._client = client
        yield known
