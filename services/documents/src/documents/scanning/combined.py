"""Several engines over one reading of the file."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Final

from documents.scanning.clamd import ClamdScanner
from documents.scanning.verdict import Scanner, ScannerUnavailable, Verdict
from documents.scanning.yara import YaraScanner

_AHEAD_CHUNKS: Final = 4


def make_scanner(clamd_url: str | None) -> Scanner:
    """The engines configured: ours always, ClamAV as well where `CLAMD_URL` is set."""
    if not clamd_url:
        return YaraScanner()
    return CombinedScanner([YaraScanner(), ClamdScanner(clamd_url)])


class CombinedScanner:
    """Asks all engines at once. One that finds something decides; clean needs every one of them."""

    def __init__(self, engines: Sequence[Scanner]) -> None:
        self._engines = tuple(engines)

    async def scan(self, chunks: AsyncIterator[bytes]) -> Verdict:
        """See `Scanner.scan`. Raises ScannerUnavailable when an engine had no verdict and none found anything."""
        branches = [_Branch() for _ in self._engines]
        tasks = [
            asyncio.create_task(_ask(engine, branch)) for engine, branch in zip(self._engines, branches, strict=True)
        ]
        try:
            async for chunk in chunks:
                for branch in branches:
                    await branch.put(chunk)
            for branch in branches:
                await branch.put(None)
            answers = await asyncio.gather(*tasks)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        signatures = {name for answer in answers if isinstance(answer, Verdict) for name in answer.signatures}
        unavailable = [answer for answer in answers if isinstance(answer, ScannerUnavailable)]
        if not signatures and unavailable:
            raise unavailable[0]
        return Verdict(tuple(sorted(signatures)))


class _Branch:
    """An engine's own view of the one reading, a few chunks ahead at most."""

    def __init__(self) -> None:
        self._queue: asyncio.Queue[bytes | None] = asyncio.Queue(_AHEAD_CHUNKS)
        self._closed = False

    async def put(self, chunk: bytes | None) -> None:
        if not self._closed:
            await self._queue.put(chunk)

    def close(self) -> None:
        """The engine reads no more: whoever waits to put goes on."""
        self._closed = True
        while not self._queue.empty():
            self._queue.get_nowait()

    async def chunks(self) -> AsyncIterator[bytes]:
        while (chunk := await self._queue.get()) is not None:
            yield chunk


async def _ask(engine: Scanner, branch: _Branch) -> Verdict | ScannerUnavailable:
    try:
        return await engine.scan(branch.chunks())
    except ScannerUnavailable as unavailable:
        return unavailable
    finally:
        branch.close()
