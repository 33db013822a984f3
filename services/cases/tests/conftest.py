"""Fixtures of the cases service's tests: the service, what other services would say, and short ways to a state."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from datetime import timedelta
from itertools import count
from typing import Any
from uuid import UUID

import httpx
import pytest_asyncio
import uvicorn
from common.auth import Actor
from common.clock import now, today
from common.contracts.enums import Role
from common.ids import new_id
from common.servers import free_port
from common.testing import RunningService, eventually
from common.testing.keys import actor
from common.testing.plugin import RunService
from fastapi import FastAPI, HTTPException

PAPERS = {"idVerified": True, "carteVitaleVerified": True, "addressVerified": True}


class Colleagues:
    """What identity and documents would answer: `users`, `under_16` and `documents` by id, `names` as found."""

    def __init__(self) -> None:
        self.url = f"http://127.0.0.1:{free_port()}"
        self.users: dict[str, dict[str, Any]] = {}
        self.documents: dict[str, dict[str, Any]] = {}
        self.names: dict[str, list[str]] = {}
        self.under_16: dict[str, bool] = {}
        self.app = FastAPI()
        self.app.get("/internal/v1/users/{key}")(self._user)
        self.app.get("/internal/v1/documents/{key}")(self._document)
        self.app.post("/internal/v1/patients/find")(self._find)
        self.app.get("/internal/v1/patients/{key}/age-group")(self._age_group)

    async def _user(self, key: str) -> dict[str, Any]:
        user: dict[str, Any] = _known(self.users, key)
        return user

    async def _document(self, key: str) -> dict[str, Any]:
        document: dict[str, Any] = _known(self.documents, key)
        return document

    async def _age_group(self, key: str) -> dict[str, Any]:
        return {"under16": _known(self.under_16, key)}

    async def _find(self, body: dict[str, str]) -> dict[str, Any]:
        return {"patientIds": self.names.get(body["q"].lower(), [])}

    def add_user(self, role: Role, *, status: str = "ACTIVE", user_id: UUID | None = None) -> str:
        key = str(user_id or new_id())
        self.users[key] = {"id": key, "role": role.value, "status": status}
        return key

    def add_document(
        self,
        patient_id: UUID | None,
        document_type: str = "PRESCRIPTION",
        *,
        owner_id: UUID | None = None,
        case_id: str | None = None,
        scan: str = "CLEAN",
    ) -> str:
        key = str(new_id())
        self.documents[key] = {
            "id": key,
            "documentType": document_type,
            "scanStatus": scan,
            "ownerId": str(owner_id or new_id()),
            "patientId": str(patient_id) if patient_id else None,
            "caseId": case_id,
            "mimeType": "application/pdf",
            "sizeBytes": 45,
            "sha256Hash": "0" * 64,
        }
        return key


def _known(known: Mapping[str, Any], key: str) -> Any:
    if key not in known:
        raise HTTPException(404)
    return known[key]


@pytest_asyncio.fixture
async def colleagues() -> AsyncIterator[Colleagues]:
    """Identity's and documents' internal APIs, over real sockets."""
    made = Colleagues()
    port = int(made.url.rsplit(":", 1)[1])
    server = uvicorn.Server(uvicorn.Config(made.app, "127.0.0.1", port, log_level="warning", lifespan="off"))
    serving = asyncio.create_task(server._serve())
    await eventually(lambda: asyncio.sleep(0, server.started))
    yield made
    server.should_exit = True
    await serving


class Desk:
    """The running service, with a patient and a member of OPS at work; makes what a test wants to start from."""

    def __init__(self, running: RunningService, colleagues: Colleagues) -> None:
        self.running = running
        self.colleagues = colleagues
        self.patient = actor(Role.PATIENT)
        self.officer = actor(Role.OPS)
        self.ops = running.client(self.officer)
        self.mine = running.client(self.patient)
        self.colleagues.add_user(Role.OPS, user_id=self.officer.user_id)
        self.colleagues.add_user(Role.PATIENT, user_id=self.patient.user_id)

    @property
    def patient_id(self) -> UUID:
        assert self.patient.patient_id is not None
        return self.patient.patient_id

    def client(self, somebody: Actor | Role) -> httpx.AsyncClient:
        return self.running.client(actor(somebody) if isinstance(somebody, Role) else somebody)

    def staff(self, role: Role, user_id: str) -> Actor:
        """The member of staff that `colleagues.add_user` gave this id."""
        return actor(role, user_id=UUID(user_id))

    def technician(self, user_id: str) -> Actor:
        return self.staff(Role.TECHNICIAN, user_id)

    async def prescription(self, *, verified: bool = True, patient_id: UUID | None = None, **changes: Any) -> Any:
        """A prescription of the patient, submitted and, where wanted, verified by OPS."""
        patient = patient_id or self.patient_id
        body = {
            "patientId": str(patient),
            "documentId": self.colleagues.add_document(patient),
            "prescriptionDate": str(today() - timedelta(days=10)),
            "productCategory": "MANUAL_WHEELCHAIR",
            **changes,
        }
        made = (await self.ops.post("/prescriptions", json=body)).raise_for_status().json()
        return await self.verify(made["id"]) if verified else made

    async def verify(self, prescription_id: str) -> Any:
        answer = await self.ops.post(f"/prescriptions/{prescription_id}/verify", json={"decision": "VERIFIED"})
        return answer.raise_for_status().json()

    async def case(self, *, patient_id: UUID | None = None, verified: bool = True, **changes: Any) -> Any:
        """A case, just opened."""
        prescription = await self.prescription(patient_id=patient_id, verified=verified)
        body = {"patientId": prescription["patientId"], "prescriptionId": prescription["id"], **changes}
        return (await self.ops.post("/cases", json=body)).raise_for_status().json()

    async def move(self, case_id: str, *targets: str) -> Any:
        """The case after OPS moved it through `targets` by hand."""
        for target in targets:
            answer = await self.ops.post(f"/cases/{case_id}/transitions", json={"to": target})
            assert answer.status_code == 200, answer.text
        return await self.read(case_id)

    async def read(self, case_id: str) -> Any:
        """The case as OPS reads it."""
        return (await self.ops.get(f"/cases/{case_id}")).raise_for_status().json()

    async def tick(self, case_id: str, **points: bool) -> Any:
        answer = await self.ops.patch(f"/cases/{case_id}", json={"checklistState": points})
        return answer.raise_for_status().json()

    async def in_quote_pending(self) -> Any:
        """A case whose papers are all verified."""
        case = await self.case()
        await self.move(case["id"], "DOCUMENTS_COMPLETE", "UNDER_REVIEW")
        return await self.tick(case["id"], **PAPERS)

    async def product(
        self, *, category: str = "MANUAL_WHEELCHAIR", max_price: str | None = "631.17", **item: Any
    ) -> dict[str, Any]:
        """A product with its primary LPPR item; the answer has `lpprItemId` and `familyName` too."""
        family = {"name": f"F {new_id()}", "category": category}
        family_id = (await self.ops.post("/product-families", json=family)).raise_for_status().json()["id"]
        body = {
            "code": f"{next(_codes):07}",
            "label": "Fauteuil roulant",
            "category": "VEH",
            "maxPrice": max_price,
            "validFrom": "2020-01-01",
            **item,
        }
        made = (await self.ops.post("/lppr-items", json=body)).raise_for_status().json()
        sku = {"familyId": family_id, "sku": str(new_id()), "name": "Fauteuil Alto"}
        product = (await self.ops.post("/products", json=sku)).raise_for_status().json()
        mapped = {"items": [{"lpprItemId": made["id"], "isPrimary": True}]}
        await self.ops.put(f"/products/{product['id']}/lppr-items", json=mapped)
        return {**product, "lpprItemId": made["id"], "code": made["code"], "familyName": family["name"]}

    @staticmethod
    def line(product: dict[str, Any], price: str = "600.00", quantity: Any = 1, **more: Any) -> dict[str, Any]:
        """A line of a quote."""
        return {"productId": product["id"], "quantity": quantity, "unitPrice": price, **more}

    async def draft(self, case_id: str, *lines: dict[str, Any]) -> Any:
        """A quote; of one new product at 600 EUR where no lines are given."""
        wanted = lines or (self.line(await self.product()),)
        answer = await self.ops.post(f"/cases/{case_id}/quotes", json={"lines": wanted})
        assert answer.status_code == 201, answer.text
        return answer.json()

    async def send(self, quote_id: str) -> Any:
        return (await self.ops.post(f"/quotes/{quote_id}/send")).raise_for_status().json()

    async def approve(self, quote_id: str) -> Any:
        return (await self.mine.post(f"/quotes/{quote_id}/approve")).raise_for_status().json()

    async def approved(self, *lines: dict[str, Any]) -> tuple[Any, Any]:
        """A case ready to submit, and its approved quote."""
        case = await self.in_quote_pending()
        quote = await self.send((await self.draft(case["id"], *lines))["id"])
        quote = await self.approve(quote["id"])
        return await self.read(case["id"]), quote

    async def agreed(self, *lines: dict[str, Any]) -> tuple[Any, Any]:
        """A case the fund agreed to, and its approved quote."""
        case, quote = await self.approved(*lines)
        return await self.move(case["id"], "SUBMITTED_TO_CPAM", "CPAM_APPROVED"), quote

    async def scheduled(self, *lines: dict[str, Any]) -> tuple[Any, Any]:
        """A case with a date of delivery, and its approved quote."""
        case, quote = await self.agreed(*lines)
        when = {"scheduledAt": (now() + timedelta(days=2)).isoformat()}
        answer = await self.ops.post(f"/cases/{case['id']}/delivery/schedule", json=when)
        return answer.raise_for_status().json(), quote

    def proof(self, case_id: str) -> str:
        """A signed proof of delivery."""
        return self.colleagues.add_document(self.patient_id, "DELIVERY_PROOF", case_id=case_id)

    async def until(self, case_id: str, status: str) -> Any:
        """The case, once an event has brought it to `status`."""
        return await eventually(lambda: self.read(case_id), until=lambda case: case["status"] == status)


_codes = count(1000001)


@pytest_asyncio.fixture
async def cases(run_service: RunService) -> AsyncIterator[RunningService]:
    """The service's API, on an empty database."""
    yield await run_service("cases")


@pytest_asyncio.fixture
async def desk(run_service: RunService, colleagues: Colleagues) -> AsyncIterator[Desk]:
    """The service's API with its colleagues."""
    running = await run_service("cases", identity_url=colleagues.url, documents_url=colleagues.url)
    made = Desk(running, colleagues)
    async with made.ops, made.mine:
        yield made


@pytest_asyncio.fixture
async def working_desk(run_worker: RunService, colleagues: Colleagues) -> AsyncIterator[Desk]:
    """The same with broker, relay and consumers."""
    running = await run_worker("cases", identity_url=colleagues.url, documents_url=colleagues.url)
    made = Desk(running, colleagues)
    async with made.ops, made.mine:
        yield made
