"""Fixtures of the devices service's tests."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest_asyncio
import uvicorn
from common.clock import now
from common.contracts.cases import CaseDeliveredV1, DeliveredItem
from common.contracts.enums import ContractType, Role
from common.ids import new_id
from common.servers import free_port
from common.testing import RunningService
from common.testing.keys import actor
from common.testing.plugin import RunService
from devices.instances.service import register_delivery
from fastapi import FastAPI, HTTPException

Neighbours = dict[str, dict[str, Any]]
"""What identity and documents would answer: `/users/{id}` and `/documents/{id}` by path."""
Make = Callable[..., Awaitable[Any]]


@pytest_asyncio.fixture
async def neighbours() -> AsyncIterator[tuple[str, Neighbours]]:
    """A server in the place of the services called, and the answers it gives by path; others are 404."""
    answers: Neighbours = {}
    app = FastAPI()

    @app.get("/internal/v1/{path:path}")
    async def answer(path: str) -> dict[str, Any]:
        if f"/{path}" not in answers:
            raise HTTPException(404)
        return answers[f"/{path}"]

    port = free_port()
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_config=None, ws="none", lifespan="off"))
    async with _serving(server):
        yield f"http://127.0.0.1:{port}", answers


def in_days(days: int) -> str:
    """A moment that many days from now, as a request names it."""
    return (now() + timedelta(days=days)).isoformat()


class _serving:  # noqa: N801 - reads as a context manager
    def __init__(self, server: uvicorn.Server) -> None:
        self._server = server

    async def __aenter__(self) -> None:
        self._server.config.load()
        self._server.lifespan = self._server.config.lifespan_class(self._server.config)
        await self._server.startup()

    async def __aexit__(self, *_: object) -> None:
        self._server.should_exit = True
        await self._server.shutdown()


@pytest_asyncio.fixture
async def devices(run_service: RunService, neighbours: tuple[str, Neighbours]) -> RunningService:
    """The service's API, on an empty database."""
    url, _ = neighbours
    return await run_service("devices", identity_url=url, documents_url=url, hotline_phone="+33199000015")


def delivered(**changes: Any) -> CaseDeliveredV1:
    """A delivery of one manual wheelchair; `changes` may be of the delivery or of its one item."""
    item = {
        "product_id": new_id(),
        "serial_number": f"SN-{new_id()}",
        "contract_type": ContractType.MANUAL,
        "annual_forfait": None,
        "family_name": "FRM",
    }
    event = {
        "case_id": new_id(),
        "patient_id": new_id(),
        "case_number": "AX-2026-000001",
        "delivered_at": datetime(2026, 3, 2, 10, tzinfo=UTC),
        "proof_document_id": new_id(),
    }
    item |= {name: value for name, value in changes.items() if name in item}
    event |= {name: value for name, value in changes.items() if name not in item}
    return CaseDeliveredV1.model_validate({"items": [DeliveredItem.model_validate(item)], **event})


@pytest_asyncio.fixture
async def deliver(devices: RunningService) -> Make:
    """Register the device of a delivery; gives it as the API shows it to OPS."""

    async def make(**changes: Any) -> dict[str, Any]:
        event = delivered(**changes)
        async with devices.resources.database.transaction() as session:
            await register_delivery(session, event, new_id())
        async with devices.client(actor(Role.OPS)) as ops:
            found = await ops.get("/devices", params={"serialNumber": event.items[0].serial_number})
        device: dict[str, Any] = found.json()["items"][0]
        return device

    return make


@pytest_asyncio.fixture
async def technician(neighbours: tuple[str, Neighbours]) -> Callable[[], Any]:
    """Make a technician identity knows of; gives the actor."""
    _, answers = neighbours

    def make() -> Any:
        made = actor(Role.TECHNICIAN)
        answers[f"/users/{made.user_id}"] = {
            "id": str(made.user_id),
            "role": "TECHNICIAN",
            "status": "ACTIVE",
        }
        return made

    return make


@pytest_asyncio.fixture
async def ticket(devices: RunningService, deliver: Make) -> Make:
    """Open a ticket by OPS, on a new device unless one is named; given a technician, assign it to them."""

    async def make(assigned_to: Any = None, device: dict[str, Any] | None = None, **changes: Any) -> dict[str, Any]:
        device = device or await deliver()
        body = {
            "deviceId": device["id"],
            "category": "WHEELS",
            "severity": "MEDIUM",
            "description": "The left wheel squeaks",
            **changes,
        }
        async with devices.client(actor(Role.OPS)) as ops:
            answer = await ops.post("/tickets", json=body)
            assert answer.status_code == 201, answer.text
            if assigned_to is not None:
                path = f"/tickets/{answer.json()['id']}/assign"
                answer = await ops.post(path, json={"technicianId": str(assigned_to.user_id)})
                assert answer.status_code == 200, answer.text
        made: dict[str, Any] = answer.json()
        return made

    return make


@pytest_asyncio.fixture
async def status_of(devices: RunningService) -> Callable[[str], Awaitable[str]]:
    """The status of a device, as stored."""

    async def find(device_id: str) -> str:
        status: str = await devices.resources.database.reads.fetchval(
            "SELECT status FROM device_instances WHERE id = $1", UUID(device_id)
        )
        return status

    return find
