"""Billing: claims sent through the queue."""

import asyncio
import base64
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
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
from common.servers import SeaweedFS, Server, Valkey, bucket_names, create_buckets, free_port, free_ports, run
from common.testing.keys import TestKeys, actor

from bench.report import Figure
from bench.stage import Stage, stage

_PRICE = Decimal("651.27")
_CLAIMS = 500
_AT_ONCE = 2  # as many jobs as the billing queue runs at once
_KEY = "bench"
_DOCUMENT = b"%PDF-1.7" + bytes(20_000)
_ASKED = (
    *("patients/1", "prescribers/1"),
    *("documents/1", "documents/1/content", "documents/2", "documents/2/content"),
)


@dataclass(frozen=True)
class Place:
    """All that the service of billing needs."""

    where: Stage
    keys: TestKeys
    folder: Path
    environment: dict[str, str]

    @asynccontextmanager
    async def billing(self, role: str, **settings: str) -> AsyncIterator[tuple[str, str]]:
        """The service, running: its URL and its process id."""
        server = python("billing", self.folder, "billing", "--role", role, **self.environment, **settings)
        async with run([server]) as running:
            yield server.url, str(running["billing"].pid)


@asynccontextmanager
async def place() -> AsyncIterator[Place]:
    """An empty database, broker, cache and storage; the service itself is started by `Place.billing`."""
    async with stage("billing") as where:
        with tempfile.TemporaryDirectory(prefix="axtech-bench-billing-") as name:
            folder = Path(name)
            keys = TestKeys(folder)
            ports = free_ports(SeaweedFS.PORTS)
            s3 = SeaweedFS(directory=folder / "s3", port=ports, access_key=_KEY, secret_key=_KEY)
            valkey = Valkey(directory=folder / "valkey", port=free_port())
            environment = {
                "DATABASE_URL": where.database_url,
                "NATS_URL": where.nats_url,
                "REDIS_URL": valkey.url,
                "S3_ENDPOINT": s3.url,
                "S3_ACCESS_KEY": _KEY,
                "S3_SECRET_KEY": _KEY,
                "JWKS_URL": keys.jwks_url,
                "SERVICE_KEY": keys.services["billing"],
                "SERVICE_JWKS": keys.service_jwks,
                "ENCRYPTION_KEYRING": keys.keyring,
                "BLIND_INDEX_KEY": keys.blind_index_key,
                "RATE_LIMIT_GENERAL": "100000/minute",
                "LOG_LEVEL": "WARNING",
            }
            async with run([s3.server(), valkey.server()]):
                await create_buckets(s3.url, _KEY, _KEY, bucket_names("development"))
                yield Place(where, keys, folder, environment)


def python(name: str, folder: Path, module: str, *arguments: str, **environment: str) -> Server:
    """A module of ours to run, on a port of its own."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    return Server(
        name=name,
        argv=(sys.executable, "-m", module, "--port", str(port), *arguments),
        log=folder / f"{name}.log",
        ports=(port,),
        probe=f"{url}/health/ready",
        url=url,
        env=environment,
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
    async with place() as at:
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
            async with at.billing("worker", IDENTITY_URL=url, DOCUMENTS_URL=url, **settings):
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
