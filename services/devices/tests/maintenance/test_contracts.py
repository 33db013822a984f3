"""Reading, renewing and cancelling maintenance contracts."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from common.clock import travel
from common.contracts.enums import ContractType, Role
from common.ids import new_id
from common.testing import RunningService
from common.testing.keys import actor

Make = Callable[..., Awaitable[Any]]


async def test_a_contract_is_read_with_its_device_and_this_years_budget(devices: RunningService, deliver: Make) -> None:
    device = await deliver(contract_type=ContractType.ELECTRIC)
    patient = actor(Role.PATIENT, patient_id=UUID(device["patientId"]))
    with travel(datetime(2026, 12, 31, 22, 59, tzinfo=UTC)):
        async with devices.client(patient) as own:
            contract = await own.get(f"/devices/{device['id']}/maintenance-contract")
    assert contract.json() | {"id": None, "createdAt": None, "updatedAt": None} == {
        "id": None,
        "deviceId": device["id"],
        "contractType": "ELECTRIC",
        "startDate": "2026-03-02",
        "renewalDate": "2027-03-02",
        "annualForfait": "750.00",
        "status": "ACTIVE",
        "lastServiceDate": None,
        "nextServiceDate": "2027-03-02",
        "cancelledAt": None,
        "cancellationReason": None,
        "budget": {
            "year": 2026,
            "amount": "750.00",
            "consumed": "0.00",
            "remaining": "750.00",
            "exceededBy": "0.00",
            "isLow": False,
        },
        "createdAt": None,
        "updatedAt": None,
    }


async def test_the_budget_starts_anew_with_the_year_in_france(
    devices: RunningService, deliver: Make, ticket: Make, technician: Any
) -> None:
    device, somebody = await deliver(), technician()
    made = await ticket(somebody, device)
    part = {"partSku": "a", "partName": "b", "quantity": 1, "unitCost": "100.00"}

    async def consumed(moment: datetime) -> tuple[int, str]:
        with travel(moment):
            async with devices.client(somebody) as tech:
                budget = (await tech.get(f"/devices/{device['id']}/maintenance-contract")).json()["budget"]
        return budget["year"], budget["consumed"]

    last_minute, first_minute = datetime(2026, 12, 31, 22, 59, tzinfo=UTC), datetime(2026, 12, 31, 23, 1, tzinfo=UTC)
    with travel(last_minute):
        async with devices.client(somebody) as tech:
            await tech.post(f"/tickets/{made['id']}/parts", json=part)
    assert await consumed(last_minute) == (2026, "100.00")
    assert await consumed(first_minute) == (2027, "0.00")


async def test_a_contract_is_renewed_year_by_year(devices: RunningService, deliver: Make) -> None:
    device = await deliver()
    async with devices.client(actor(Role.OPS)) as ops:
        contract = (await ops.get(f"/devices/{device['id']}/maintenance-contract")).json()
        path = f"/maintenance-contracts/{contract['id']}/renew"
        with travel(datetime(2027, 2, 1, 9, tzinfo=UTC)):
            renewed = await ops.post(path)
            again = await ops.post(path)
        unknown = await ops.post(f"/maintenance-contracts/{new_id()}/renew")
    assert (renewed.status_code, renewed.json()["renewalDate"]) == (200, "2028-03-02")
    assert (again.status_code, again.json()["error"]["code"]) == (409, "BIZ_CONTRACT_ALREADY_RENEWED")
    assert unknown.status_code == 404
    [entry] = [
        e.data for e in await devices.recorded("audit.recorded") if e.data["action"] == "maintenance-contract.renew"
    ]
    assert entry["changes"] == {"renewalDate": {"before": "2027-03-02", "after": "2028-03-02"}}


async def test_a_renewed_contract_has_the_forfait_in_force_unless_it_has_its_own(
    devices: RunningService, deliver: Make
) -> None:
    usual, own = await deliver(), await deliver(annual_forfait=Decimal("300.00"))
    async with devices.resources.database.transaction() as session:
        connection = await session.connection()
        await connection.exec_driver_sql("INSERT INTO maintenance_forfaits VALUES ('MANUAL', '2027-01-01', 280.00)")
    forfaits = []
    async with devices.client(actor(Role.OPS)) as ops:
        for device in (usual, own):
            contract = (await ops.get(f"/devices/{device['id']}/maintenance-contract")).json()
            with travel(datetime(2027, 2, 1, 9, tzinfo=UTC)):
                renewed = await ops.post(f"/maintenance-contracts/{contract['id']}/renew")
            forfaits.append((contract["annualForfait"], renewed.json()["annualForfait"]))
    assert forfaits == [("260.00", "280.00"), ("300.00", "300.00")]


async def test_a_cancelled_contract_stays_cancelled(devices: RunningService, deliver: Make) -> None:
    device = await deliver()
    async with devices.client(actor(Role.OPS)) as ops:
        contract = (await ops.get(f"/devices/{device['id']}/maintenance-contract")).json()
        path = f"/maintenance-contracts/{contract['id']}"
        cancelled = await ops.post(f"{path}/cancel", json={"reason": "Moved abroad"})
        again = await ops.post(f"{path}/cancel")
        renewed = await ops.post(f"{path}/renew")
    body = cancelled.json()
    assert (cancelled.status_code, body["status"], body["cancellationReason"]) == (200, "CANCELLED", "Moved abroad")
    assert body["cancelledAt"] is not None
    for refused in (again, renewed):
        assert (refused.status_code, refused.json()["error"]["code"]) == (409, "BIZ_CONTRACT_CANCELLED")
