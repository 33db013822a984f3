"""Billing: claims sent through the queue."""

import asyncio
import base64
import time
from decimal import Decimal
from typing import Any, ClassVar

import asyncpg
import httpx
import orjson
import uvicorn
from billing.claims import repository, service
from common.clock import now, today
from common.contracts.cases import QuoteApprovedV1, QuoteLine
from common.contracts.enums import Role
from common.db.engine import Database
from common.ids import new_id
from common.servers import free_port, run
from common.testing.keys import actor

from bench.report import Figure
from bench.stage import Stage, place, python

_PRICE = Decimal("651.27")
_CLAIMS = 500
_AT_ONCE = 2  # as many jobs as the billing queue runs at once
_KEY = "bench"
_DOCUMENT = b"%PDF-1.7" + bytes(20_000)
_ASKED = (
    *("patients/1", "prescribers/1"),
    *("documents/1", "documents/1/content", "documents/2", "documents/2/content"),
)


class _Colleagues:
    """What identity and documents answer of any patient, prescriber and document, as an ASGI app."""

    _ANSWER: ClassVar[bytes] = orjson.dumps(
        {
            "firstName": "Nathalie",
            "lastName": "Durand",
            "dateOfBirth": "1969-05-12",
            "nir": "269054958815780",
            "rppsNumber": "10003456789",
            "address": {"line1": "1 rue de la Paix", "postalCode": "69001", "city": "Lyon", "country": "FR"},
            "scanStatus": "CLEAN",
            "mimeType": "application/pdf",
        }
    )

    async def __call__(self, scope: Any, _receive: Any, send: Any) -> None:
        body = _DOCUMENT if scope["path"].endswith("/content") else self._ANSWER
        headers = [(b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})


async def submit() -> list[Figure]:
    """Claims a second from the queue to the simulator, beside bare posts and beside all calls that a claim takes."""
    port = free_port()
    colleagues = uvicorn.Server(uvicorn.Config(_Colleagues(), "127.0.0.1", port, log_level="warning", lifespan="off"))
    serving = asyncio.create_task(colleagues.serve())
    async with place("billing", files=True) as at:
        simulator = python(
            *("simulator", at.folder, "axtech.simulators.billing_gateway", "--data", str(at.folder)),
            BILLING_GATEWAY_API_KEY=_KEY,
        )
        async with run([simulator]):
            url = f"http://127.0.0.1:{port}"
            posts = await _bare(simulator.url, None)
            calls = await _bare(simulator.url, url)
            settings = {"BILLING_GATEWAY_URL": simulator.url, "BILLING_GATEWAY_API_KEY": _KEY}
            await _queue_claims(at.where)
            async with at.running("worker", IDENTITY_URL=url, DOCUMENTS_URL=url, **settings):
                rate = await _submission_rate(at.where)
    colleagues.should_exit = True
    await serving
    return [
        Figure("claims submitted", rate, "claims/s", posts, "bare posts of them", "–", met=True),
        Figure(
            "claims submitted",
            rate,
            "claims/s",
            calls,
            "bare calls, all eight of a claim",
            "≥ a quarter",
            rate >= calls / 4,
        ),
    ]


async def _bare(gateway: str, colleagues: str | None) -> float:
    """Claims a second by nothing but httpx, as many at once as the queue's: posted, or with all that precedes it."""
    content = base64.b64encode(_DOCUMENT).decode()
    body = {
        "patient": {
            "nir": "269054958815780",
            "firstName": "N",
            "lastName": "D",
            "dateOfBirth": "1969-05-12",
            "address": {},
        },
        "prescriber": {"rppsNumber": "10003456789", "name": "Paul Martin"},
        "prescription": {"date": "2026-11-02", "documentRef": "1"},
        "items": [{"lpprCode": "4222803", "quantity": 1, "unitPrice": "651.27"}],
        "attachedDocuments": [{"role": "QUOTE", "contentType": "application/pdf", "content": content}] * 2,
    }
    numbers = iter(range(_CLAIMS))

    async def work(client: httpx.AsyncClient) -> None:
        for number in numbers:
            reference = f"{'POST' if colleagues is None else 'CALLS'}-{number}"
            if colleagues is not None:
                await client.get("/v1/claims", params={"reference": reference})
                for path in _ASKED:
                    await client.get(f"{colleagues}/internal/v1/{path}")
            claim = body | {"reference": reference, "invoiceNumber": f"9{number:08d}"}
            (await client.post("/v1/claims", json=claim)).raise_for_status()

    async with httpx.AsyncClient(base_url=gateway, headers={"X-Api-Key": _KEY}, timeout=30) as client:
        started = time.perf_counter()
        await asyncio.gather(*(work(client) for _ in range(_AT_ONCE)))
        return _CLAIMS / (time.perf_counter() - started)


async def _queue_claims(where: Stage) -> None:
    """Drafts of approved quotes, asked to be submitted."""
    database, biller = Database(lambda: where.database_url), actor(Role.BILLING)
    for number in range(_CLAIMS):
        quote = QuoteApprovedV1(
            case_id=new_id(),
            patient_id=new_id(),
            quote_id=new_id(),
            quote_number=f"DV-2026-{number:06d}",
            quote_version=1,
            approved_by=new_id(),
            approved_at=now(),
            total_amount=_PRICE,
            lppr_coverage=_PRICE,
            patient_remainder=Decimal(0),
            lines=[QuoteLine(lppr_code="4222803", quantity=1, unit_price=_PRICE, line_total=_PRICE, optional=False)],
            prescription_id=new_id(),
            prescription_date=today(),
            prescription_document_id=new_id(),
            prescriber_id=new_id(),
            quote_document_id=new_id(),
        )
        async with database.transaction() as session:
            await service.draft(session, quote)
            [claim] = await repository.claims_of_case(session, quote.case_id)
            await service.submit(session, biller, claim.id, None, lambda _: True)
    await database.engine.dispose()


async def _submission_rate(where: Stage) -> float:
    """Claims a second between the first and the last that the gateway took."""
    connection = await asyncpg.connect(where.database_url)
    sent, seconds = 0, 0.0
    while sent < _CLAIMS:
        await asyncio.sleep(0.2)
        sent, seconds = await connection.fetchrow(
            "SELECT count(*), extract(epoch FROM max(submitted_at) - min(submitted_at))::float8 "
            "FROM claims WHERE status = 'SUBMITTED'"
        )
    await connection.close()
    return _CLAIMS / seconds
