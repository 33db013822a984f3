"""Where files are exchanged with a software that has no interface: a folder, or a prefix of a bucket.

A file is there whole or not at all: a folder's is written under another name and renamed, a bucket's is so by nature.
"""

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Protocol

from common.storage import ObjectMissing, Storage

_PART = ".part"
_CHUNK = 1024 * 1024


class Exchange(Protocol):
    """Files by name; names have folders, as in `export/CL-2026-000001-1.json`."""

    async def write(self, name: str, content: bytes) -> None:
        """Put a file there, in the place of one of that name."""

    async def read(self, name: str) -> bytes | None:
        """A file, None when there is none."""

    async def names(self, folder: str) -> list[str]:
        """The files directly in a folder, in the order of their names."""

    def stream(self, name: str) -> AsyncIterator[bytes]:
        """A file in pieces."""

    async def remove(self, name: str) -> None:
        """Remove a file, if it is there."""


class FolderExchange:
    """A folder that both programs see."""

    def __init__(self, root: Path) -> None:
        self._root = root

    async def write(self, name: str, content: bytes) -> None:
        await asyncio.to_thread(self._write, self._root / name, content)

    async def read(self, name: str) -> bytes | None:
        with contextlib.suppress(FileNotFoundError):
            return await asyncio.to_thread((self._root / name).read_bytes)
        return None

    async def names(self, folder: str) -> list[str]:
        return await asyncio.to_thread(self._names, folder)

    async def stream(self, name: str) -> AsyncIterator[bytes]:
        with await asyncio.to_thread((self._root / name).open, "rb") as file:
            while chunk := await asyncio.to_thread(file.read, _CHUNK):
                yield chunk

    async def remove(self, name: str) -> None:
        await asyncio.to_thread((self._root / name).unlink, missing_ok=True)

    def _write(self, path: Path, content: bytes) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(f"{path.name}{_PART}")
        with part.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)

    def _names(self, folder: str) -> list[str]:
        directory = self._root / folder
        if not directory.is_dir():
            return []
        found = (each for each in directory.iterdir() if each.is_file() and each.suffix != _PART)
        return sorted(f"{folder}/{each.name}" for each in found)


class BucketExchange:
    """A prefix of a bucket."""

    def __init__(self, storage: Storage, bucket: str, prefix: str) -> None:
        self._storage, self._bucket, self._prefix = storage, bucket, prefix

    async def write(self, name: str, content: bytes) -> None:
        await self._storage.put(self._bucket, self._prefix + name, content, "application/octet-stream")

    async def read(self, name: str) -> bytes | None:
        with contextlib.suppress(ObjectMissing):
            return await self._storage.read(self._bucket, self._prefix + name)
        return None

    async def names(self, folder: str) -> list[str]:
        start = f"{self._prefix}{folder}/"
        keys = [key async for key in self._storage.keys(self._bucket, start)]
        return [key.removeprefix(self._prefix) for key in keys if "/" not in key.removeprefix(start)]

    def stream(self, name: str) -> AsyncIterator[bytes]:
        return self._storage.stream(self._bucket, self._prefix + name)

    async def remove(self, name: str) -> None:
        await self._storage.delete(self._bucket, self._prefix + name)
