"""Documents: from an upload to a document that was found clean."""

import asyncio
import hashlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID

import httpx
import nats
import orjson
from common.contracts.documents import DocumentCleanV1
from common.contracts.enums import Role
from common.ids import new_id
from common.servers import Clamd, free_port, run
from common.storage import Storage
from common.testing.keys import actor
from common.testing.running import eventually
from documents.content import MAX_SIZE_BYTES, MediaType
from documents.documents.domain import Bucket
from documents.scanning import Scanner, make_scanner
from nats.aio.msg import Msg

from bench.documents import bucket_name, client_settings, pdf
from bench.report import Figure, percentile
from bench.stage import Place, place

_PAGE = Path(__file__).parents[1] / "samples" / "ordonnance.pdf"
_PAGES = 40
_WARM_UP = 5
_LARGE = 3
_NOTHING = {"bench.ndb": f"Bench.Nothing:0:*:{b'what no document holds'.hex()}"}


class _Times(NamedTuple):
    """Seconds."""

    ours: float
    bare: float


async def scanned() -> list[Figure]:
    """From an upload to `document.clean`, API and worker in one process, beside the same bytes put and scanned."""
    async with place("documents", files=True) as at, _clamd(at.folder) as clamd_url:
        settings = {"RATE_LIMIT_UPLOAD": at.environment["RATE_LIMIT_GENERAL"]}
        if clamd_url:
            settings["CLAMD_URL"] = clamd_url
        async with at.running("all", **settings) as service, _patient(at, service.server.url, clamd_url) as patient:
            pages = [await patient.compared(_PAGE.read_bytes()) for _ in range(_WARM_UP + _PAGES)][_WARM_UP:]
            large = [await patient.compared(pdf(MAX_SIZE_BYTES)) for _ in range(_LARGE)]
    baseline = "bare PUT, YARA-X and ClamAV" if clamd_url else "bare PUT and YARA-X"
    return [
        _figure("a page uploaded → clean, p50", pages, 0.5, baseline, 0.25),
        _figure("a page uploaded → clean, p95", pages, 0.95, baseline, 0.5),
        _figure("50 MB uploaded → clean, p50", large, 0.5, baseline, 5),
    ]


def _figure(name: str, times: Sequence[_Times], share: float, baseline: str, limit: float) -> Figure:
    """`limit` in seconds."""
    ours, bare = (percentile(column, share) for column in zip(*times, strict=True))
    return Figure(name, 1000 * ours, "ms", 1000 * bare, baseline, f"≤ {1000 * limit:,.0f} ms", ours <= limit)


@asynccontextmanager
async def _clamd(folder: Path) -> AsyncIterator[str | None]:
    """ClamAV's daemon where it is installed, with one signature: what is measured is the way there."""
    if Clamd.binary() is None:
        yield None
        return
    clamd = Clamd(folder / "clamd", free_port(), _NOTHING)
    async with run([clamd.server()]):
        yield clamd.url


@dataclass(frozen=True)
class _Patient:
    """Who uploads, and what it takes to do the same without the service."""

    api: httpx.AsyncClient
    storage: Storage
    scanner: Scanner
    cleared: asyncio.Queue[UUID]

    async def compared(self, content: bytes) -> _Times:
        """An upload until its document is clean; then the same bytes, put and scanned by hand."""
        document_id, put = await self._announce(content)
        began = time.perf_counter()
        await put()
        (await self.api.post(f"/documents/{document_id}/complete")).raise_for_status()
        async with asyncio.timeout(60):
            while await self.cleared.get() != document_id:
                pass
        ours = time.perf_counter() - began
        await self._until_read(document_id)
        began = time.perf_counter()
        bucket, key = bucket_name(Bucket.DOCUMENTS), str(new_id())
        await self.storage.put(bucket, key, content, MediaType.PDF)
        await self.scanner.scan(self.storage.stream(bucket, key))
        return _Times(ours, time.perf_counter() - began)

    async def _announce(self, content: bytes) -> tuple[UUID, Callable[[], Awaitable[object]]]:
        """A document, and the call that uploads it."""
        body = {
            "documentType": "PRESCRIPTION",
            "filename": "ordonnance.pdf",
            "mimeType": MediaType.PDF,
            "sizeBytes": len(content),
            "sha256Hash": hashlib.sha256(content).hexdigest(),
        }
        made: dict[str, Any] = (await self.api.post("/documents", json=body)).raise_for_status().json()
        upload = made["upload"]

        async def put() -> None:
            async with httpx.AsyncClient(timeout=60) as client:  # the storage is not to see our token
                (await client.put(upload["url"], headers=upload["headers"], content=content)).raise_for_status()

        return UUID(made["document"]["id"]), put

    async def _until_read(self, document_id: UUID) -> None:
        """Reading its text comes next: it must not take from what is measured after it."""

        async def metadata() -> object:
            return (await self.api.get(f"/documents/{document_id}")).raise_for_status().json()["metadata"]

        await eventually(metadata, seconds=60)


@asynccontextmanager
async def _patient(at: Place, url: str, clamd_url: str | None) -> AsyncIterator[_Patient]:
    cleared: asyncio.Queue[UUID] = asyncio.Queue()

    async def on_clean(message: Msg) -> None:
        cleared.put_nowait(UUID(orjson.loads(message.data)["data"]["documentId"]))

    client = await nats.connect(at.where.nats_url)
    await client.subscribe(DocumentCleanV1.subject(), cb=on_clean)
    await client.flush()
    headers = {"Authorization": f"Bearer {at.keys.token(actor(Role.PATIENT))}"}
    try:
        async with (
            httpx.AsyncClient(base_url=f"{url}/api/v1", headers=headers, timeout=60) as api,
            Storage(client_settings(at.environment)) as storage,
        ):
            yield _Patient(api, storage, make_scanner(clamd_url), cleared)
    finally:
        await client.close()
