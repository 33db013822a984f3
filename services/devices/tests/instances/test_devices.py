"""Reading devices, changing them, and taking them out of service."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import pytest
from common.contracts.enums import Role
from common.ids import new_id
from common.testing import RunningService
from common.testing.keys import actor

Make = Callable[..., Awaitable[Any]]


async def test_devices_are_found_by_patient_serial_number_and_state(devices: RunningService, deliver: Make) -> None:
    first, second = await deliver(), await deliver()
    async with devices.client(actor(Role.OPS)) as ops:

        async def found(**query: str) -> list[str]:
            return [item["id"] for item in (await ops.get("/devices", params=query)).json()["items"]]

        assert await found() == [second["id"], first["id"]]
        assert await found(patientId=first["patientId"]) == [first["id"]]
        assert await found(serialNumber=second["serialNumber"]) == [second["id"]]
        assert await found(status="IN_REPAIR") == []
        page = (await ops.get("/devices", params={"limit": 1})).json()
        assert await found(cursor=page["nextCursor"]) == [first["id"]]


async def test_ops_notes_the_warranty_and_a_technician_where_the_device_stands(
    devices: RunningService, ticket: Make, technician: Any
) -> None:
    somebody = technician()
    made = await ticket(somebody)
    path = f"/devices/{made['deviceId']}"
    place = {"label": "Workshop", "city": "Lyon", "postalCode": "69003"}
    async with devices.client(actor(Role.OPS)) as ops, devices.client(somebody) as tech:
        read = await ops.get(path)
        placed = await tech.patch(path, json={"currentLocation": place}, headers={"If-Match": read.headers["etag"]})
        stale = await ops.patch(
            path, json={"warrantyEndDate": "2028-03-02"}, headers={"If-Match": read.headers["etag"]}
        )
        noted = await ops.patch(path, json={"warrantyEndDate": "2028-03-02"})
        refused = await tech.patch(path, json={"warrantyEndDate": "2030-01-01"})
        emptied = await ops.patch(path, json={"currentLocation": None, "warrantyEndDate": None})
    assert (placed.status_code, placed.json()["currentLocation"]) == (200, {**place, "country": "FR"})
    assert (stale.status_code, noted.json()["warrantyEndDate"], refused.status_code) == (412, "2028-03-02", 403)
    assert (emptied.json()["currentLocation"], emptied.json()["warrantyEndDate"]) == (None, None)
    changes = [
        e.data["changes"] for e in await devices.recorded("audit.recorded") if e.data["action"] == "device.update"
    ]
    assert changes[0] == {"currentLocation": {"before": None, "after": "***"}}


async def test_a_decommissioned_device_has_no_contract_and_never_comes_back(
    devices: RunningService, deliver: Make
) -> None:
    device = await deliver()
    path = f"/devices/{device['id']}"
    async with devices.client(actor(Role.OPS)) as ops:
        retired = await ops.patch(path, json={"status": "DECOMMISSIONED"})
        contract = (await ops.get(f"{path}/maintenance-contract")).json()
        back = await ops.patch(path, json={"status": "ACTIVE"})
    assert (retired.status_code, retired.json()["status"]) == (200, "DECOMMISSIONED")
    assert (contract["status"], contract["cancellationReason"]) == ("CANCELLED", "device decommissioned")
    assert (back.status_code, back.json()["error"]["code"]) == (409, "BIZ_INVALID_TRANSITION")


async def test_a_replaced_device_names_the_one_the_patient_has_instead(devices: RunningService, deliver: Make) -> None:
    patient_id = new_id()
    old, new = await deliver(patient_id=patient_id), await deliver(patient_id=patient_id)
    strange = await deliver()
    path = f"/devices/{old['id']}"
    async with devices.client(actor(Role.OPS)) as ops:
        for body in (
            {"status": "REPLACED"},
            {"status": "REPLACED", "replacedById": strange["id"]},
            {"status": "REPLACED", "replacedById": old["id"]},
            {"status": "REPLACED", "replacedById": str(new_id())},
            {"status": "DECOMMISSIONED", "replacedById": new["id"]},
        ):
            refused = await ops.patch(path, json=body)
            assert (refused.status_code, refused.json()["error"]["code"]) == (422, "BIZ_REPLACEMENT")
        alone = await ops.patch(path, json={"replacedById": new["id"]})
        replaced = await ops.patch(path, json={"status": "REPLACED", "replacedById": new["id"]})
        circle = await ops.patch(f"/devices/{new['id']}", json={"status": "REPLACED", "replacedById": old["id"]})
    assert (alone.status_code, alone.json()["error"]["code"]) == (422, "BIZ_NOT_REPLACED")
    assert (replaced.json()["status"], replaced.json()["replacedById"]) == ("REPLACED", new["id"])
    assert (circle.status_code, circle.json()["error"]["code"]) == (422, "BIZ_REPLACEMENT")


async def test_a_device_with_open_tickets_stays_in_service(devices: RunningService, ticket: Make) -> None:
    made = await ticket()
    async with devices.client(actor(Role.OPS)) as ops:
        refused = await ops.patch(f"/devices/{made['deviceId']}", json={"status": "DECOMMISSIONED"})
        await ops.post(f"/tickets/{made['id']}/transitions", json={"to": "CLOSED"})
        retired = await ops.patch(f"/devices/{made['deviceId']}", json={"status": "DECOMMISSIONED"})
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "BIZ_DEVICE_HAS_OPEN_TICKETS")
    assert retired.status_code == 200


BAD_CHANGES: list[tuple[dict[str, Any], str]] = [
    ({"status": "LOST"}, "status"),
    ({"serialNumber": "X"}, "serialNumber"),
    ({"warrantyEndDate": "2027-02-29"}, "warrantyEndDate"),
    ({"currentLocation": {"country": "France"}}, "currentLocation.country"),
    ({"currentLocation": {"latitude": 91}}, "currentLocation.latitude"),
]


async def test_a_bad_change_is_refused_naming_the_field(devices: RunningService, deliver: Make) -> None:
    device = await deliver()
    async with devices.client(actor(Role.OPS)) as ops:
        for body, field in BAD_CHANGES:
            refused = await ops.patch(f"/devices/{device['id']}", json=body)
            assert refused.status_code == 400, body
            assert [detail["field"] for detail in refused.json()["error"]["details"]] == [field]


async def test_a_device_is_the_same_for_its_patient_and_for_staff(devices: RunningService, deliver: Make) -> None:
    device = await deliver()
    patient = actor(Role.PATIENT, patient_id=UUID(device["patientId"]))
    async with devices.client(patient) as own:
        read = await own.get(f"/devices/{device['id']}")
        strange = await own.get(f"/devices/{new_id()}")
    assert read.json() == device
    assert read.headers["etag"] == '"1"'
    assert strange.status_code == 404


async def test_the_history_of_a_device_is_told_and_cannot_be_changed(
    devices: RunningService, deliver: Make, ticket: Make, technician: Any
) -> None:
    patient_id = new_id()
    device, new = await deliver(patient_id=patient_id), await deliver(patient_id=patient_id)
    made = await ticket(technician(), device, isSafetyIssue=True)
    path = f"/devices/{device['id']}"
    async with devices.client(actor(Role.OPS)) as ops:
        for to in ("IN_PROGRESS", "RESOLVED"):
            await ops.post(f"/tickets/{made['id']}/transitions", json={"to": to})
        await ops.patch(path, json={"currentLocation": {"city": "Lyon"}})
        await ops.patch(path, json={"status": "REPLACED", "replacedById": new["id"]})
        told = (await ops.get(f"{path}/history")).json()["items"]
    assert [(entry["kind"], entry["details"]) for entry in reversed(told)] == [
        ("REGISTERED", {"caseId": device["caseId"], "serialNumber": device["serialNumber"]}),
        ("UNSAFE", {}),
        ("STATUS_CHANGED", {"from": "ACTIVE", "to": "IN_REPAIR"}),
        ("STATUS_CHANGED", {"from": "IN_REPAIR", "to": "ACTIVE"}),
        ("SAFE", {}),
        ("CHANGED", {"fields": ["currentLocation"]}),
        ("STATUS_CHANGED", {"from": "ACTIVE", "to": "REPLACED", "replacedById": new["id"]}),
    ]
    with pytest.raises(Exception, match="append-only"):
        await devices.resources.database.reads.execute("DELETE FROM device_history")
