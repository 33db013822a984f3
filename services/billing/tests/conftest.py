"""Fixtures of the billing service's tests: the service, the company's simulator, and what other services would say."""

import asyncio
import shutil
import sys
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
import pytest_asyncio
import uvicorn
from billing.queue import jobs
from common.contracts.billing import ClaimEvent
from common.contracts.cases import QuoteApprovedV1, QuoteLine
from common.contracts.enums import Role
from common.ids import new_id
from common.servers import Server, free_port, start
from common.testing import RunningService, eventually
from common.testing.keys import actor
from common.testing.plugin import RunService
from fastapi import FastAPI, HTTPException, Request, Response

KEY = "gateway-key"
NIR = "269054958815780"
RPPS = "10003456789"
GATEWAY_SECONDS = 1.0
"""How long the service waits for the gateway in these tests."""


class Colleagues:
    """What identity and documents would answer; `patients`, `prescribers` and `documents` by id."""

    def __init__(self) -> None:
        self.url = f"http://127.0.0.1:{free_port()}"
        self.patients: dict[str, dict[str, Any]] = {}
        self.prescribers: dict[str, dict[str, Any]] = {}
        self.documents: dict[str, dict[str, Any]] = {}
        self.app = FastAPI()
        self.app.get("/internal/v1/patients/{key}")(self._patient)
        self.app.get("/internal/v1/prescribers/{key}")(self._prescriber)
        self.app.get("/internal/v1/documents/{key}")(self._document)
        self.app.get("/internal/v1/documents/{key}/content")(self._content)

    async def _patient(self, key: str, request: Request) -> dict[str, Any]:
        return self._known(self.patients, key, request)

    async def _prescriber(self, key: str, request: Request) -> dict[str, Any]:
        return self._known(self.prescribers, key, request)

    async def _document(self, key: str, request: Request) -> dict[str, Any]:
        return self._known(self.documents, key, request)

    async def _content(self, key: str, request: Request) -> Response:
        found = self._known(self.documents, key, request)
        if found["scanStatus"] != "CLEAN":
            raise HTTPException(409)
        return Response(f"%PDF-1.7 {key}".encode(), media_type="application/octet-stream")

    def _known(self, known: dict[str, dict[str, Any]], key: str, request: Request) -> dict[str, Any]:
        if not request.headers.get("authorization", "").startswith("Bearer "):
            raise HTTPException(401)
        if key not in known:
            raise HTTPException(404)
        return known[key]

    def add_patient(self, patient_id: UUID, *, nir: str | None = NIR) -> None:
        self.patients[str(patient_id)] = {
            "id": str(patient_id),
            "userId": str(new_id()),
            "firstName": "Nathalie",
            "lastName": "Durand",
            "dateOfBirth": "1969-05-12",
            "nir": nir,
            "address": {"line1": "1 rue de la Paix", "postalCode": "69001", "city": "Lyon", "country": "FR"},
            "mutuelle": None,
            "contactPreference": "EMAIL",
        }

    def add_prescriber(self, prescriber_id: UUID) -> None:
        self.prescribers[str(prescriber_id)] = {
            "id": str(prescriber_id),
            "userId": str(new_id()),
            "firstName": "Paul",
            "lastName": "Martin",
            "rppsNumber": RPPS,
            "adeliNumber": None,
            "practiceName": "Cabinet",
        }

    def add_document(
        self, document_id: UUID, *, patient_id: UUID | None, case_id: UUID | None = None, scan: str = "CLEAN"
    ) -> None:
        self.documents[str(document_id)] = {
            "id": str(document_id),
            "documentType": "OTHER",
            "scanStatus": scan,
            "ownerId": str(new_id()),
            "patientId": str(patient_id) if patient_id else None,
            "caseId": str(case_id) if case_id else None,
            "mimeType": "application/pdf",
            "sizeBytes": 45,
            "sha256Hash": "0" * 64,
        }


@pytest_asyncio.fixture
async def colleagues() -> AsyncIterator[Colleagues]:
    """Identity's and documents' internal APIs, over real sockets."""
    made = Colleagues()
    port = int(made.url.rsplit(":", 1)[1])
    server = uvicorn.Server(uvicorn.Config(made.app, "127.0.0.1", port, log_level="warning", lifespan="off"))
    serving = asyncio.create_task(server._serve())
    await eventually(lambda: _started(server))
    yield made
    server.should_exit = True
    await serving


async def _started(server: uvicorn.Server) -> bool:
    return server.started


@pytest.fixture(scope="session")
def exchange_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the simulator does what LGPI would, for this worker's tests."""
    return tmp_path_factory.mktemp("lgpi")


@pytest.fixture
def lgpi_folder(exchange_folder: Path) -> Path:
    """That folder, emptied."""
    for each in exchange_folder.iterdir():
        shutil.rmtree(each, ignore_errors=True)
    return exchange_folder


@pytest.fixture(scope="session")
def gateway_url(tmp_path_factory: pytest.TempPathFactory, exchange_folder: Path) -> Iterator[str]:
    """The company's simulator, a process of its own for this worker's tests."""
    folder: Path = tmp_path_factory.mktemp("gateway")
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    server = Server(
        name="billing_gateway",
        argv=(
            *(sys.executable, "-m", "axtech.simulators.billing_gateway"),
            *("--port", str(port), "--data", str(folder), "--accept-after", "3600"),
            *("--lgpi", str(exchange_folder)),
        ),
        log=folder / "log",
        ports=(port,),
        probe=f"{url}/health/ready",
        env={"BILLING_GATEWAY_API_KEY": KEY, "VEGA_GATEWAY_API_KEY": KEY},
    )
    running = start([server])
    yield url
    running.stop()


class Gateway:
    """The simulator's control interface, and what it received."""

    def __init__(self, client: httpx.AsyncClient, url: str) -> None:
        self.client = client
        self.url = url

    async def fault(self, kind: str, *operations: str, **values: Any) -> None:
        body = {"kind": kind, "operations": operations, **values}
        assert (await self.client.post("/control/faults", json=body)).status_code == 201

    async def heal(self) -> None:
        await self.client.delete("/control/faults")

    async def received(self) -> dict[str, Any]:
        found: dict[str, Any] = (await self.client.get("/control/received")).json()
        return found

    async def decide(self, gateway_ref: str, status: str, code: str = "R001", reason: str = "Droits fermés") -> None:
        body = {"status": status, "code": code, "reason": reason}
        assert (await self.client.post(f"/control/claims/{gateway_ref}/outcome", json=body)).status_code == 200

    async def publish_return(self, *claims: dict[str, Any], **values: Any) -> str:
        """Have the simulator write a NOEMIE file and list it; its id."""
        made = await self.client.post("/control/returns", json={"claims": claims, "force": True, **values})
        assert made.status_code == 201, made.text
        return str(made.json()["id"])

    async def make_return(self, *claims: dict[str, Any], **values: Any) -> bytes:
        """A NOEMIE file by the simulator's writer; fetching it here meets the faults in force, as any call does."""
        return (await self.client.get(f"/v1/returns/{await self.publish_return(*claims, **values)}")).content


@pytest_asyncio.fixture
async def gateway(gateway_url: str, lgpi_folder: Path) -> AsyncIterator[Gateway]:
    """The simulator, as good as new."""
    async with httpx.AsyncClient(base_url=gateway_url, headers={"X-Api-Key": KEY}, timeout=30) as client:
        await client.post("/control/reset")
        yield Gateway(client, gateway_url)


class Billing:
    """The running service, and short ways to bring claims where a test wants them."""

    def __init__(self, running: RunningService, colleagues: Colleagues) -> None:
        self.running = running
        self.colleagues = colleagues
        self.biller = actor(Role.BILLING)
        self.http = running.client(self.biller)

    def quote(self, **changes: Any) -> QuoteApprovedV1:
        """An approved quote whose patient, prescriber and documents the other services know."""
        given: dict[str, Any] = {
            "case_id": new_id(),
            "patient_id": new_id(),
            "quote_id": new_id(),
            "quote_number": "DV-2026-000001",
            "quote_version": 1,
            "approved_by": new_id(),
            "approved_at": "2026-11-20T10:00:00Z",
            "total_amount": "751.27",
            "lppr_coverage": "651.27",
            "patient_remainder": "100.00",
            "lines": [
                line("4222803", 1, "631.17"),
                line("4222804", 2, "10.05"),
                line("4222805", 1, "100.00", optional=True),
            ],
            "prescription_id": new_id(),
            "prescription_date": "2026-11-02",
            "prescription_document_id": new_id(),
            "prescriber_id": new_id(),
            "quote_document_id": new_id(),
            **changes,
        }
        made = QuoteApprovedV1(**given)
        self.colleagues.add_patient(made.patient_id)
        if made.prescriber_id:
            self.colleagues.add_prescriber(made.prescriber_id)
        self.colleagues.add_document(made.prescription_document_id, patient_id=made.patient_id)
        if made.quote_document_id:
            self.colleagues.add_document(made.quote_document_id, patient_id=made.patient_id, case_id=made.case_id)
        return made

    async def draft(self, **changes: Any) -> dict[str, Any]:
        """The claim drafted for a new approved quote."""
        quote = self.quote(**changes)
        await self.running.publish(quote)
        return await self.claim_of_case(quote.case_id)

    async def claim_of_case(self, case_id: UUID) -> dict[str, Any]:
        async def claims() -> list[dict[str, Any]]:
            found: list[dict[str, Any]] = (await self.http.get("/claims", params={"caseId": str(case_id)})).json()[
                "items"
            ]
            return found

        return (await eventually(claims))[0]

    async def claim(self, claim_id: str) -> dict[str, Any]:
        found: dict[str, Any] = (await self.http.get(f"/claims/{claim_id}")).json()
        return found

    async def until(self, claim_id: str, status: str, *, seconds: float = 20.0) -> dict[str, Any]:
        """The claim, once it is in `status`."""
        return await eventually(
            lambda: self.claim(claim_id), until=lambda claim: claim["status"] == status, seconds=seconds
        )

    async def submitted(self, **changes: Any) -> dict[str, Any]:
        """A claim that the gateway has."""
        claim = await self.draft(**changes)
        answer = await self.http.post(f"/claims/{claim['id']}/submit")
        assert answer.status_code == 202, answer.text
        return await self.until(claim["id"], "SUBMITTED")

    async def synced(self, claim_id: str, status: str) -> dict[str, Any]:
        """The claim, once the gateway was asked and it is in `status`."""
        assert (await self.http.post(f"/claims/{claim_id}/sync")).status_code == 202
        return await self.until(claim_id, status)

    async def return_files(self) -> list[dict[str, Any]]:
        """All return files, the newest first."""
        found: list[dict[str, Any]] = (await self.http.get("/returns")).json()["items"]
        return found

    async def upload(self, content: bytes, return_type: str = "NOEMIE") -> dict[str, Any]:
        """A return file, received."""
        answer = await self.http.post(
            "/returns", files={"file": ("retour.txt", content)}, data={"returnType": return_type}
        )
        assert answer.status_code == 202, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def returned(self, content: bytes, return_type: str = "NOEMIE") -> dict[str, Any]:
        """A return file, read to its end."""
        made = await self.upload(content, return_type)

        async def read() -> dict[str, Any]:
            found: dict[str, Any] = (await self.http.get(f"/returns/{made['id']}")).json()
            return found

        return await eventually(read, until=lambda found: found["status"] != "RECEIVED", seconds=20)

    async def events(self, claim_id: str) -> list[str]:
        """Names of what was published about a claim, in order."""
        names = {contract.name for contract in ClaimEvent.__subclasses__()}
        recorded = await self.running.recorded()
        return [each.name for each in recorded if each.name in names and str(each.subject) == claim_id]


def line(code: str, quantity: int, price: str, *, optional: bool = False) -> QuoteLine:
    total = quantity * Decimal(price)
    return QuoteLine(lppr_code=code, quantity=quantity, unit_price=Decimal(price), line_total=total, optional=optional)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Retries of jobs as many as ever, but at once."""
    monkeypatch.setattr(jobs, "spec", replace(jobs.spec, retry=replace(jobs.spec.retry, first_delay=0.05, factor=1.0)))


@pytest_asyncio.fixture
async def billing(
    impatient: None, run_worker: RunService, colleagues: Colleagues, gateway: Gateway
) -> AsyncIterator[Billing]:
    """The service with broker and consumers, connected to the simulator."""
    running = await run_worker(
        "billing",
        identity_url=colleagues.url,
        documents_url=colleagues.url,
        billing_gateway_url=gateway.url,
        billing_gateway_api_key=KEY,
        billing_gateway_timeout=GATEWAY_SECONDS,
    )
    made = Billing(running, colleagues)
    async with made.http:
        yield made
