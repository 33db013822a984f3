"""Public keys by key id, from a JSON Web Key Set behind an URL (`https:`, `http:` or `file:`)."""

import asyncio
import json
import time
from pathlib import Path
from typing import Any

import httpx
from jwt import PyJWK, PyJWKSet
from jwt.exceptions import PyJWTError

from common.errors import Unavailable

_REFETCH_SECONDS = 10.0


class KeySet:
    """Keys are fetched on first need, and again, at most every ten seconds, when an unknown key id turns up."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._keys: dict[str, PyJWK] = {}
        self._fetched = float("-inf")
        self._lock = asyncio.Lock()

    async def key(self, key_id: str) -> PyJWK | None:
        """The key, or None when the set has none of that id; `Unavailable` when the set cannot be had."""
        if key_id not in self._keys and time.monotonic() - self._fetched > _REFETCH_SECONDS:
            async with self._lock:
                if key_id not in self._keys and time.monotonic() - self._fetched > _REFETCH_SECONDS:
                    self._keys = await self._fetch()
                    self._fetched = time.monotonic()
        return self._keys.get(key_id)

    async def _fetch(self) -> dict[str, PyJWK]:
        try:
            return keys_of(await self._document())
        except (httpx.HTTPError, OSError, ValueError, PyJWTError) as error:
            raise Unavailable("The signing keys cannot be fetched", code="INT_JWKS_UNAVAILABLE") from error

    async def _document(self) -> dict[str, Any]:
        if self._url.startswith("file:"):
            path = Path(self._url.removeprefix("file://"))
            document: dict[str, Any] = json.loads(await asyncio.to_thread(path.read_text))
            return document
        async with httpx.AsyncClient(timeout=5) as client:
            answer = await client.get(self._url)
            answer.raise_for_status()
            fetched: dict[str, Any] = answer.json()
            return fetched


def keys_of(document: dict[str, Any]) -> dict[str, PyJWK]:
    """The keys of a JSON Web Key Set by their ids."""
    return {str(key.key_id): key for key in PyJWKSet.from_dict(document).keys}
