"""Documents: uploads checked at completion, PDFs written."""

import asyncio
import hashlib
import json
import resource
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import date
from decimal import Decimal
from importlib.resources import as_file, files
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import typst
from common.ids import new_id
from common.storage import Storage
from documents.content import MAX_SIZE_BYTES, MediaType
from documents.documents.domain import Bucket
from documents.documents.models import Document
from documents.documents.uploads import measure
from documents.rendering import Address, Patient, PrescriptionReference, QuoteDocument, QuoteLine, Seller, render_quote
from documents.rendering.typst import STANDARD
from documents.resources import DocumentsResources
from documents.settings import DocumentsSettings
from pydantic import SecretStr

from bench.report import Figure
from bench.stage import storage

_FILES = 10
_QUOTES = 40
_ROUNDS = 3
_MEGABYTE = 1_000_000


@asynccontextmanager
async def _resources() -> AsyncIterator[DocumentsResources]:
    """A storage of its own with the platform's buckets, and nothing else."""
    with tempfile.TemporaryDirectory(prefix="axtech-bench-") as folder:
        async with storage(Path(folder)) as found, Storage(client_settings(found)) as opened:
            yield cast("DocumentsResources", SimpleNamespace(storage=opened, bucket=bucket_name))


def client_settings(found: Mapping[str, str]) -> DocumentsSettings:
    """What a client of the storage asks for; the rest is not set."""
    return DocumentsSettings.model_construct(
        s3_endpoint=found["S3_ENDPOINT"],
        s3_access_key=SecretStr(found["S3_ACCESS_KEY"]),
        s3_secret_key=SecretStr(found["S3_SECRET_KEY"]),
    )


def bucket_name(kind: Bucket) -> str:
    """As the service calls it."""
    return f"axtech-{kind}-development"


async def completion() -> list[Figure]:
    """Megabytes a second checked at completion, beside reading and hashing; the memory that ten at once take."""
    content = pdf(MAX_SIZE_BYTES)
    digest = hashlib.sha256(content).hexdigest()
    async with _resources() as resources:
        bucket, keys = bucket_name(Bucket.DOCUMENTS), [str(new_id()) for _ in range(_FILES)]
        for key in keys:
            await resources.storage.put(bucket, key, content, MediaType.PDF)
        del content
        announced = [_announced(key, digest) for key in keys]

        async def ours(number: int) -> None:
            await measure(resources, announced[number])

        async def bare(number: int) -> None:
            hashed = hashlib.sha256()
            async for chunk in resources.storage.stream(bucket, keys[number]):
                hashed.update(chunk)

        await ours(0)
        before = await _resident()
        sampled = asyncio.create_task(_highest())
        await asyncio.gather(*(ours(number) for number in range(_FILES)))
        sampled.cancel()
        added = (max(await sampled) - before) / _MEGABYTE
        rates = {"ours": 0.0, "bare": 0.0}
        for _ in range(_ROUNDS):
            for name, check in (("ours", ours), ("bare", bare)):
                rates[name] = max(rates[name], MAX_SIZE_BYTES / await _seconds(check) / _MEGABYTE)
    share = rates["ours"] >= 0.8 * rates["bare"]
    return [
        Figure(
            "50 MB uploads checked", rates["ours"], "MB/s", rates["bare"], "bare S3 read and SHA-256", "≥ 80 %", share
        ),
        Figure("memory while ten complete", added, "MB", 150, "the limit", "< 150 MB", added < 150),
    ]


def pdf(size: int) -> bytes:
    """So many bytes that pass for a PDF."""
    start, end = b"%PDF-1.7\n", b"\n%%EOF\n"
    return start + bytes(size - len(start) - len(end)) + end


def _announced(key: str, digest: str) -> Document:
    return Document(
        filename="scan.pdf",
        mime_type=MediaType.PDF,
        size_bytes=MAX_SIZE_BYTES,
        sha256_hash=digest,
        bucket=Bucket.DOCUMENTS,
        storage_key=key,
    )


async def _seconds(check: Callable[[int], Awaitable[None]]) -> float:
    """Of one file, of several one after another."""
    started = time.perf_counter()
    for number in range(_FILES):
        await check(number)
    return (time.perf_counter() - started) / _FILES


async def _resident() -> int:
    """Bytes of this process in memory."""
    pages = await asyncio.to_thread(Path("/proc/self/statm").read_text)
    return int(pages.split()[1]) * resource.getpagesize()


async def _highest() -> list[int]:
    """What was resident every few milliseconds, until cancelled."""
    seen = [await _resident()]
    try:
        while True:
            await asyncio.sleep(0.005)
            seen.append(await _resident())
    except asyncio.CancelledError:
        return seen


async def quotes() -> list[Figure]:
    """Quotes a second as PDF/A, beside bare Typst on the same data."""
    quote = _quote()
    data = json.dumps(quote.model_dump(mode="json"), ensure_ascii=False)
    fonts = typst.Fonts(include_system_fonts=False)
    best = {"ours": 0.0, "bare": 0.0}
    with as_file(files("documents.rendering").joinpath("templates")) as folder:

        async def ours() -> None:
            await render_quote(quote)

        async def bare() -> None:
            typst.compile(
                folder / "quote.typ",
                root=folder,
                font_paths=fonts,
                ignore_system_fonts=True,
                sys_inputs={"data": data},
                format="pdf",
                pdf_standards=[STANDARD],
            )

        await ours()
        for _ in range(_ROUNDS):
            for name, write in (("ours", ours), ("bare", bare)):
                started = time.perf_counter()
                for _ in range(_QUOTES):
                    await write()
                best[name] = max(best[name], _QUOTES / (time.perf_counter() - started))
    met = best["ours"] >= 0.8 * best["bare"]
    return [Figure("quotes written", best["ours"], "PDF/s", best["bare"], "bare Typst", "≥ 80 %", met)]


def _quote() -> QuoteDocument:
    price = Decimal("3161.21")
    line: dict[str, Any] = {"label": "Fauteuil roulant", "unit_price": price, "quantity": 1, "total": price}
    return QuoteDocument(
        number="DV-2026-000001",
        issued_on=date(2026, 3, 1),
        valid_until=date(2026, 5, 31),
        case_number="AX-2026-000001",
        seller=Seller(
            name="AX TECH Mobilité",
            address=Address(lines=("12 avenue de l’Autonomie",), postal_code="69003", city="Lyon"),
            siret="12345678200002",
        ),
        patient=Patient(first_name="Éléonore", last_name="DUPONT-FICTIF"),
        prescription=PrescriptionReference(prescribed_on=date(2026, 2, 12)),
        base_lines=tuple(QuoteLine(lppr_code="4222803", plv=price, **line) for _ in range(5)),
        coverage=5 * price,
        patient_remainder=Decimal("0.00"),
        total=5 * price,
    )
