"""Return files: read, and taken in by the service."""

import asyncio
import tempfile
import time
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import asyncpg
import httpx
from billing.noemie import CRLF, read_items, write_entities
from billing.noemie.fields import Entity
from billing.noemie.layout import (
    Accounting,
    Act,
    AmoSettlement,
    End,
    Header,
    InvoiceHead,
    LotHead,
    Payee,
    ReturnType,
    Transfer,
)
from common.clock import today
from common.contracts.enums import Role
from common.ids import new_id
from common.testing.keys import actor

from bench.report import Figure
from bench.stage import Stage, place

_MEGABYTE = 1_000_000
_LARGE, _SMALL = 100 * _MEGABYTE, 20 * _MEGABYTE
_ACTS = 8
_LOTS = 900  # what an end block can count has three digits
_PAID = Decimal("651.27")
_MATCHED = 2_000
_ENTRY = (
    "INSERT INTO return_entries (id, return_file_id, position, invoice_number, decision, amo_paid, amc_paid, paid_on, "
    "reference, denials, data, parked_reason) "
    "VALUES ($1, $2, $3, $4, 'PAID', 651.27, 0, $5, 'VIREMENT', '[]', $6, 'UNKNOWN_INVOICE')"
)


async def noemie() -> list[Figure]:
    """Records of a return a second, each checked and grouped into invoices, beside a bare loop over its lines."""
    with tempfile.TemporaryDirectory(prefix="axtech-bench-noemie-") as folder:
        small, large = Path(folder) / "small", Path(folder) / "large"
        _write(small, _SMALL)
        _write(large, _LARGE)
        _forget_peak_memory()
        _read(small)
        of_small = _peak_memory("self")
        started = time.perf_counter()
        records = _read(large)
        rate = records / (time.perf_counter() - started)
        of_large = _peak_memory("self")
        started = time.perf_counter()
        with large.open("rb") as lines:
            for _ in lines:
                pass
        bare = records / (time.perf_counter() - started)
    constant = of_large <= of_small + 1
    return [
        Figure(
            "NOEMIE records read", rate, "records/s", bare, "a bare loop over the lines", "≥ 200,000/s", rate >= 2e5
        ),
        Figure("memory to read 100 MB of NOEMIE", of_large, "MB", of_small, "20 MB of it", "≤ 1 MB more", constant),
    ]


def _write(path: Path, size: int) -> int:
    """A return file of about `size` bytes; how many invoices it has."""
    invoices = size // ((InvoiceHead.length + AmoSettlement.length + _ACTS * Act.length) * 130 // 127)
    header = Header.of(file_id=f"{size // _MEGABYTE:06d}", file_date=today(), currency="E", flow="R")
    with path.open("wb") as file:
        file.writelines(write_entities(header, _entities(invoices), eol=CRLF))
    return invoices


def _entities(invoices: int) -> Iterator[Entity]:
    settlement = AmoSettlement.of(requested=_PAID, state="P", paid=_PAID)
    acts = [
        Act.of(line=line, first_date=today(), unit_price=_PAID, base=_PAID, rate=100, reimbursed=_PAID, quantity=1)
        for line in range(1, _ACTS + 1)
    ]
    for number in range(invoices):
        if number % (invoices // _LOTS + 1) == 0:
            yield Payee.of(payee="750000001")
            yield Accounting.of(accounting_date=today())
            yield Transfer.of(transfer_date=today(), label="VIREMENT")
            yield LotHead.of(lot_date=today(), lot_number=number % 999 + 1)
            yield ReturnType.of(return_type="01")
        yield InvoiceHead.of(invoice_number=f"{number + 1:09d}")
        yield settlement
        yield from acts


def _read(path: Path) -> int:
    """Read a return file in pieces: its records."""
    records = 0
    with path.open("rb") as file:
        for item in read_items(iter(lambda: file.read(1 << 16), b"")):
            if isinstance(item, End):
                records = item.record_count or 0
    return records


def _forget_peak_memory() -> None:
    """What this process had before does not count."""
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")


def _peak_memory(process: str) -> float:
    """The most resident memory a process has had, in MB."""
    status = Path(f"/proc/{process}/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) / 1024 for line in status if line.startswith("VmHWM:"))


async def taken_in() -> list[Figure]:
    """A return of 100 MB uploaded, stored, read, matched and booked, beside bare INSERTs of as many entries."""
    async with place("billing", files=True) as at, at.running("all") as billing:
        await _add_claims(at.where)
        headers = {"Authorization": f"Bearer {at.keys.token(actor(Role.BILLING))}"}
        async with httpx.AsyncClient(base_url=f"{billing.server.url}/api/v1", headers=headers, timeout=60) as client:
            await _take_in(client, at.folder / "small", _SMALL)
            of_small = _peak_memory(str(billing.pid))
            rate = await _take_in(client, at.folder / "large", _LARGE)
            of_large = _peak_memory(str(billing.pid))
        bare = await _bare_entries(at.where)
    target = "≥ 1,000/s"
    return [
        Figure("invoices of a 100 MB return booked", rate, "invoices/s", bare, "bare INSERTs", target, rate >= 1000),
        Figure(
            "memory of the service, 100 MB return",
            of_large,
            "MB",
            of_small,
            "20 MB return",
            "≤ 40 MB more",
            of_large <= of_small + 40,
        ),
    ]


async def _add_claims(where: Stage) -> None:
    """Claims that were sent, of the first invoice numbers."""
    connection = await asyncpg.connect(where.admin_url)
    await connection.execute(
        "INSERT INTO claims (id, case_id, patient_id, quote_id, quote_version, prescription_id, prescription_date, "
        "prescription_document_id, claim_number, invoice_number, gateway_type, status, submitted_at, total_amount, "
        "lines, attempt, outcome_unknown, version) "
        "SELECT gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), 1, gen_random_uuid(), "
        "current_date, gen_random_uuid(), 'CL-2026-' || n, lpad(n::text, 9, '0'), 'INFIMAX', 'SUBMITTED', now(), "
        "1302.54, '[]', 1, false, 1 FROM generate_series(1, $1) AS n",
        _MATCHED,
    )
    await connection.close()


async def _take_in(client: httpx.AsyncClient, path: Path, size: int) -> float:
    """Send a return and wait until it is booked: invoices a second, over all of it."""
    invoices = _write(path, size)
    started = time.perf_counter()
    with path.open("rb") as file:
        answer = await client.post("/returns", files={"file": ("return", file)})
    answer.raise_for_status()
    found = answer.json()
    while found["status"] == "RECEIVED":
        await asyncio.sleep(0.1)
        found = (await client.get(f"/returns/{found['id']}", params={"limit": 1})).json()
    if (found["matchedCount"], found["unmatchedCount"]) != (_MATCHED, invoices - _MATCHED):
        raise RuntimeError(f"the return is {found['status']}: {found['matchedCount']} matched")
    return invoices / (time.perf_counter() - started)


async def _bare_entries(where: Stage) -> float:
    """INSERTs of entries like those of the return, 200 a transaction, without reading, matching or booking."""
    connection = await asyncpg.connect(where.database_url)
    return_id, data, count = await connection.fetchrow(
        "SELECT return_file_id, data::text, count(*) OVER () FROM return_entries ORDER BY id DESC LIMIT 1"
    )
    started = time.perf_counter()
    for first in range(0, count, 200):
        rows = [(new_id(), return_id, -number, "999999999", today(), data) for number in range(first + 1, first + 201)]
        async with connection.transaction():
            await connection.executemany(_ENTRY, rows)
    rate = count / (time.perf_counter() - started)
    await connection.close()
    return float(rate)
