"""Recalls by product and by range of serial numbers."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest_asyncio
from common.contracts.cases import CaseDeliveredV1
from common.contracts.enums import Role
from common.contracts.jobs import OpenRecallTicketsV1
from common.ids import new_id
from common.testing import RunningService, eventually
from common.testing.keys import actor
from common.testing.plugin import RunService
from devices.instances.service import register_delivery
from devices.recalls.domain import Lot
from hypothesis import given
from hypothesis import strategies as st

RECALL = {
    "reference": "FSN-2026-17",
    "reason": "The brake lever may come loose",
    "category": "BRAKE",
    "severity": "HIGH",
}
PRODUCT = new_id()


@pytest_asyncio.fixture
async def worker(run_worker: RunService) -> RunningService:
    return await run_worker("devices")


async def deliver(worker: RunningService, *serials: str, product_id: UUID | None = None) -> UUID:
    """Deliver devices to a new patient; gives the patient's id."""
    patient_id = new_id()
    items: list[dict[str, Any]] = [
        {"productId": product_id or new_id(), "serialNumber": s, "contractType": "MANUAL", "annualForfait": None}
        for s in serials
    ]
    event = CaseDeliveredV1.model_validate(
        {
            "caseId": new_id(),
            "patientId": patient_id,
            "caseNumber": "AX-2026-000001",
            "deliveredAt": datetime(2026, 3, 2, 10, tzinfo=UTC),
            "proofDocumentId": new_id(),
            "items": items,
        }
    )
    async with worker.resources.database.transaction() as session:
        await register_delivery(session, event, new_id())
    return patient_id


async def recalled(worker: RunningService, **body: Any) -> dict[str, Any]:
    """Recall, wait until the tickets are open; gives the recall, with its devices."""
    async with worker.client(actor(Role.OPS)) as ops:
        made = await ops.post("/devices/recalls", json={**RECALL, **body})
        assert made.status_code == 202, made.text
        path = f"/devices/recalls/{made.json()['id']}"

        async def read() -> dict[str, Any]:
            found: dict[str, Any] = (await ops.get(path)).json()
            return found

        progress = await eventually(read, until=lambda found: found["status"] == "OPEN")
        devices = await ops.get(f"{path}/devices")
    return {**progress, "devices": devices.json()["items"]}


async def test_a_range_of_serial_numbers_is_recalled_with_a_ticket_and_a_patient_for_each(
    worker: RunningService,
) -> None:
    patient = await deliver(worker, "AX-0100", "AX-0150", "AX-0199")
    await deliver(worker, "AX-0099", "AX-0200", "AX-01500", "ax-0150")
    found = await recalled(worker, serialFrom="AX-0100", serialTo="AX-0199")
    assert (found["tickets"], found["settled"]) == (3, 0)
    assert sorted(item["serialNumber"] for item in found["devices"]) == ["AX-0100", "AX-0150", "AX-0199"]
    assert {item["patientId"] for item in found["devices"]} == {str(patient)}
    async with worker.client(actor(Role.OPS)) as ops:
        ticket = (await ops.get(f"/tickets/{found['devices'][0]['id']}")).json()
        device = (await ops.get(f"/devices/{ticket['deviceId']}")).json()
        await ops.post(f"/tickets/{ticket['id']}/transitions", json={"to": "CLOSED"})
        settled = (await ops.get(f"/devices/recalls/{found['id']}")).json()["settled"]
    assert (ticket["recallId"], ticket["description"], ticket["callRequired"]) == (found["id"], RECALL["reason"], True)
    assert device["isUnsafe"] is True
    assert settled == 1
    assert len(await worker.recorded("ticket.safety-reported")) == 3


async def test_a_product_is_recalled_but_not_devices_out_of_service(worker: RunningService) -> None:
    await deliver(worker, "B-1", "B-2", product_id=PRODUCT)
    await deliver(worker, "C-1")
    async with worker.client(actor(Role.OPS)) as ops:
        [gone] = (await ops.get("/devices", params={"serialNumber": "B-2"})).json()["items"]
        await ops.patch(f"/devices/{gone['id']}", json={"status": "DECOMMISSIONED"})
    found = await recalled(worker, productId=str(PRODUCT), isSafetyIssue=False)
    assert [item["serialNumber"] for item in found["devices"]] == ["B-1"]
    assert await worker.recorded("ticket.safety-reported") == []


async def test_a_recall_opens_each_ticket_once_however_often_its_job_runs(worker: RunningService) -> None:
    await deliver(worker, *(f"D-{number:03d}" for number in range(120)), product_id=PRODUCT)
    found = await recalled(worker, productId=str(PRODUCT))
    await worker.publish(OpenRecallTicketsV1(recall_id=UUID(found["id"])), times=3)
    await worker.publish(OpenRecallTicketsV1(recall_id=new_id()))
    assert await worker.republish_jobs() == 1
    other = await recalled(worker, reference="FSN-2", serialFrom="D-000", serialTo="D-000")
    assert (found["tickets"], other["tickets"]) == (120, 1)
    assert len(await worker.recorded("ticket.opened")) == 121


async def test_a_recall_is_opened_by_ops_and_read_by_compliance(devices: RunningService) -> None:
    body = {**RECALL, "productId": str(PRODUCT)}
    async with devices.client(actor(Role.OPS)) as ops:
        made = await ops.post("/devices/recalls", json=body)
        again = await ops.post("/devices/recalls", json=body)
        unknown = await ops.get(f"/devices/recalls/{new_id()}")
        listed = await ops.get("/devices/recalls")
    path = f"/devices/recalls/{made.json()['id']}"
    for role in Role:
        async with devices.client(actor(role)) as somebody:
            opened = await somebody.post("/devices/recalls", json={**body, "reference": str(new_id())})
            reads = [(await somebody.get(p)).status_code for p in (path, f"{path}/devices", "/devices/recalls")]
        assert opened.status_code == (202 if role is Role.OPS else 403)
        assert reads == [200 if role in {Role.OPS, Role.COMPLIANCE_ADMIN} else 403] * 3
    assert (again.status_code, again.json()["error"]["code"]) == (409, "BIZ_RECALL_EXISTS")
    assert (unknown.status_code, [item["id"] for item in listed.json()["items"]]) == (404, [made.json()["id"]])


VAGUE: list[dict[str, Any]] = [
    {},
    {"serialFrom": "A-1"},
    {"serialFrom": "A-2", "serialTo": "A-1"},
    {"serialFrom": "A-1", "serialTo": "A-10"},
    {"productId": str(PRODUCT), "serialTo": "A-1"},
]


async def test_a_recall_of_nothing_in_particular_is_refused(devices: RunningService) -> None:
    async with devices.client(actor(Role.OPS)) as ops:
        for body in VAGUE:
            assert (await ops.post("/devices/recalls", json={**RECALL, **body})).status_code == 400, body


serial = st.text(alphabet="AB-019", min_size=1, max_size=4)


@given(serial, serial, serial)
def test_a_range_holds_its_ends_and_nothing_of_another_length(low: str, high: str, number: str) -> None:
    lot = Lot(None, low, high)
    if lot.problem() is None:
        assert lot.holds(PRODUCT, low)
        assert lot.holds(PRODUCT, high)
        assert not (lot.holds(PRODUCT, number) and len(number) != len(low))
    else:
        assert len(low) != len(high) or low > high
