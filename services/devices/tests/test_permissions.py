"""Who may know of, and do, what: the matrix of section 2.3, cell by cell."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

from common.auth import Actor
from common.contracts.enums import Role
from common.testing import RunningService
from common.testing.keys import actor

from services.devices.tests.conftest import in_days

Make = Callable[..., Awaitable[Any]]

WHO: dict[str, Callable[[UUID], Actor]] = {
    "own": lambda patient: actor(Role.PATIENT, patient_id=patient),
    "proxy": lambda patient: actor(Role.PATIENT, proxy_for=frozenset({patient})),
    "prescriber standing for the patient": lambda patient: actor(Role.PRESCRIBER, proxy_for=frozenset({patient})),
    "other patient": lambda _: actor(Role.PATIENT),
    "prescriber": lambda _: actor(Role.PRESCRIBER),
    "ops": lambda _: actor(Role.OPS),
    "billing": lambda _: actor(Role.BILLING),
    "technician": lambda _: actor(Role.TECHNICIAN),
    "compliance": lambda _: actor(Role.COMPLIANCE_ADMIN),
}
"""Nobody here is given the ticket."""

READS = {
    "own": 200,
    "proxy": 200,
    "prescriber standing for the patient": 200,
    "other patient": 404,
    "prescriber": 403,
    "ops": 200,
    "billing": 403,
    "technician": 404,
    "compliance": 200,
}
CREATES = {**READS, "own": 201, "proxy": 201, "prescriber standing for the patient": 201, "ops": 201}
CREATES |= {"technician": 201, "compliance": 403}
ONLY_OPS = dict.fromkeys(WHO, 403) | {"ops": 200}


def somebody(who: str, patient_id: str) -> Actor:
    return WHO[who](UUID(patient_id))


async def test_devices_contracts_tickets_and_visits_are_read_as_the_matrix_says(
    devices: RunningService, deliver: Make, ticket: Make, technician: Any
) -> None:
    device, given = await deliver(), technician()
    made = await ticket(given, device)
    async with devices.client(given) as tech:
        body = {"technicianId": str(given.user_id), "scheduledAt": in_days(3)}
        visit = (await tech.post(f"/tickets/{made['id']}/visits", json=body)).json()
    paths = [
        f"/devices/{device['id']}",
        f"/devices/{device['id']}/history",
        f"/devices/{device['id']}/maintenance-contract",
        f"/tickets/{made['id']}",
        f"/tickets/{made['id']}/history",
        f"/tickets/{made['id']}/visits",
        f"/tickets/{made['id']}/parts",
        f"/visits/{visit['id']}",
    ]
    for who in WHO:
        reader = somebody(who, device["patientId"])
        async with devices.client(reader) as http:
            statuses = {path: (await http.get(path)).status_code for path in paths}
            lists = [await http.get(path) for path in ("/devices", "/tickets", "/visits")]
        assert statuses == dict.fromkeys(paths, READS[who]), who
        for listed in lists:
            assert listed.status_code == (403 if READS[who] == 403 else 200), who
            shown = len(listed.json().get("items", []))
            assert shown == (1 if READS[who] == 200 else 0), who
        entries = [e.data for e in await devices.recorded("audit.recorded")]
        audited = any(e["actorId"] == str(reader.user_id) and e["action"].endswith(".read") for e in entries)
        assert audited is (who in {"ops", "compliance"}), f"reads by staff, and only they, are audited: {who}"


async def test_tickets_are_opened_as_the_matrix_says(devices: RunningService, deliver: Make) -> None:
    device = await deliver()
    body = {"deviceId": device["id"], "category": "OTHER", "severity": "LOW", "description": "x"}
    for who in WHO:
        async with devices.client(somebody(who, device["patientId"])) as http:
            assert (await http.post("/tickets", json=body)).status_code == CREATES[who], who


async def test_tickets_are_assigned_and_contracts_managed_by_ops_only(
    devices: RunningService, deliver: Make, ticket: Make, technician: Any
) -> None:
    device, given = await deliver(), technician()
    made = await ticket(None, device)
    async with devices.client(actor(Role.OPS)) as ops:
        contract = (await ops.get(f"/devices/{device['id']}/maintenance-contract")).json()
    for who in sorted(WHO, key=lambda name: name == "ops"):
        async with devices.client(somebody(who, device["patientId"])) as http:
            assigned = await http.post(f"/tickets/{made['id']}/assign", json={"technicianId": str(given.user_id)})
            cancelled = await http.post(f"/maintenance-contracts/{contract['id']}/cancel")
            workload = await http.get("/tickets/workload")
        statuses = [answer.status_code for answer in (assigned, cancelled, workload)]
        assert statuses == [ONLY_OPS[who]] * 3, who


async def test_those_who_see_a_ticket_but_do_not_work_on_it_do_not_touch_it(
    devices: RunningService, deliver: Make, ticket: Make, technician: Any
) -> None:
    device, given = await deliver(), technician()
    made = await ticket(given, device)
    async with devices.client(given) as tech:
        body = {"technicianId": str(given.user_id), "scheduledAt": in_days(3)}
        visit = (await tech.post(f"/tickets/{made['id']}/visits", json=body)).json()
    part = {"partSku": "a", "partName": "b", "quantity": 1, "unitCost": "1.00"}
    calls: list[tuple[str, dict[str, Any]]] = [
        (f"/tickets/{made['id']}/transitions", {"to": "IN_PROGRESS"}),
        (f"/tickets/{made['id']}/visits", {**body, "scheduledAt": in_days(4)}),
        (f"/tickets/{made['id']}/parts", part),
        (f"/visits/{visit['id']}/depart", {}),
        (f"/visits/{visit['id']}/arrive", {}),
        (f"/visits/{visit['id']}/complete", {"outcome": "NO_SHOW"}),
    ]
    for who in (name for name in WHO if name != "ops"):
        async with devices.client(somebody(who, device["patientId"])) as http:
            refused = [(await http.post(path, json=json)).status_code for path, json in calls]
            patched = await http.patch(f"/tickets/{made['id']}", json={"severity": "HIGH"})
            moved = await http.patch(f"/devices/{device['id']}", json={"currentLocation": {"city": "Lyon"}})
        expected = 403 if READS[who] == 200 else READS[who]
        assert refused == [expected] * len(calls), who
        assert (patched.status_code, moved.status_code) == (expected, expected), who


async def test_nothing_is_open_to_those_who_are_not_signed_in(devices: RunningService) -> None:
    for path in ("/devices", "/tickets", "/visits", "/chat/conversations"):
        assert (await devices.http.get(f"/api/v1{path}")).status_code == 401
