"""Opening, reading, changing, assigning and moving tickets over HTTP."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

from common.contracts.enums import Role
from common.ids import new_id
from common.testing import RunningService
from common.testing.keys import actor

Make = Callable[..., Awaitable[Any]]
MakeTechnician = Callable[[], Any]


def body_for(device: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {
        "deviceId": device["id"],
        "category": "BATTERY",
        "severity": "MEDIUM",
        "description": "The battery lasts an hour",
        **changes,
    }


async def test_a_patient_reports_a_fault_of_their_own_device(devices: RunningService, deliver: Make) -> None:
    device = await deliver()
    patient = actor(Role.PATIENT, patient_id=UUID(device["patientId"]))
    async with devices.client(patient) as http:
        made = await http.post("/tickets", json=body_for(device))
        read = await http.get(f"/tickets/{made.json()['id']}")
        listed = await http.get("/tickets", params={"deviceId": device["id"]})
    assert made.status_code == 201
    ticket = made.json()
    assert ticket["ticketNumber"].startswith("TK-20")
    assert (ticket["status"], ticket["reportedBy"]) == ("OPEN", str(patient.user_id))
    assert (ticket["callRequired"], ticket["hotline"], ticket["allowedTransitions"]) == (False, None, [])
    assert read.json() == ticket
    assert read.headers["etag"] == made.headers["etag"] == '"1"'
    assert [item["id"] for item in listed.json()["items"]] == [ticket["id"]]
    [opened] = await devices.recorded("ticket.opened")
    assert opened.data == {
        "caseId": device["caseId"],
        "deviceId": device["id"],
        "patientId": device["patientId"],
        "ticketId": ticket["id"],
        "ticketNumber": ticket["ticketNumber"],
        "severity": "MEDIUM",
        "isSafetyIssue": False,
    }
    assert await devices.recorded("ticket.safety-reported") == []


async def test_a_safety_issue_forces_a_call_and_the_device_is_unsafe_until_it_is_settled(
    devices: RunningService, deliver: Make, technician: MakeTechnician
) -> None:
    device = await deliver()
    somebody = technician()
    async with devices.client(actor(Role.OPS)) as ops:
        made = (await ops.post("/tickets", json=body_for(device, category="BRAKE", isSafetyIssue=True))).json()
        unsafe = (await ops.get(f"/devices/{device['id']}")).json()
        worklist = (await ops.get("/devices", params={"isUnsafe": "true"})).json()["items"]
        others = (await ops.get("/devices", params={"isUnsafe": "false"})).json()["items"]
        path = f"/tickets/{made['id']}"
        await ops.post(f"{path}/assign", json={"technicianId": str(somebody.user_id)})
        await ops.post(f"{path}/transitions", json={"to": "IN_PROGRESS"})
        repaired = (await ops.get(f"/devices/{device['id']}")).json()
        done = (await ops.post(f"{path}/transitions", json={"to": "RESOLVED", "resolutionNotes": "New pads"})).json()
        safe = (await ops.get(f"/devices/{device['id']}")).json()
    assert (made["callRequired"], made["hotline"]) == (True, "+33199000015")
    [reported] = await devices.recorded("ticket.safety-reported")
    assert (reported.data["ticketId"], reported.data["severity"]) == (made["id"], "MEDIUM")
    assert (unsafe["isUnsafe"], unsafe["status"]) == (True, "ACTIVE")
    assert (worklist, others) == ([unsafe], [])
    assert (repaired["isUnsafe"], repaired["status"]) == (True, "IN_REPAIR")
    assert (safe["isUnsafe"], safe["unsafeSince"], safe["status"]) == (False, None, "ACTIVE")
    assert (done["callRequired"], done["hotline"], done["resolutionNotes"]) == (False, None, "New pads")
    [resolved] = await devices.recorded("ticket.resolved")
    assert resolved.data["ticketId"] == made["id"]


async def test_a_danger_that_shows_later_is_reported_then_and_only_ops_takes_it_back(
    devices: RunningService, deliver: Make, ticket: Make, technician: MakeTechnician
) -> None:
    device, somebody = await deliver(), technician()
    made = await ticket(somebody, device)
    patient = actor(Role.PATIENT, patient_id=UUID(device["patientId"]))
    path = f"/tickets/{made['id']}"
    async with devices.client(somebody) as tech, devices.client(patient) as own, devices.client(actor(Role.OPS)) as ops:
        raised = await own.patch(path, json={"isSafetyIssue": True})
        again = await tech.patch(path, json={"isSafetyIssue": True, "severity": "CRITICAL"})
        refused = await tech.patch(path, json={"isSafetyIssue": False})
        unsafe = (await ops.get(f"/devices/{device['id']}")).json()["isUnsafe"]
        cleared = await ops.patch(path, json={"isSafetyIssue": False})
        safe = (await ops.get(f"/devices/{device['id']}")).json()["isUnsafe"]
    assert (raised.status_code, raised.json()["callRequired"]) == (200, True)
    assert raised.json()["dueAt"] < made["dueAt"]
    assert (again.status_code, refused.status_code, cleared.status_code) == (200, 403, 200)
    assert (unsafe, safe) == (True, False)
    assert len(await devices.recorded("ticket.safety-reported")) == 1


async def test_a_patch_changes_what_the_actor_may_change_and_the_deadline_follows(
    devices: RunningService, deliver: Make, ticket: Make, technician: MakeTechnician
) -> None:
    device, somebody = await deliver(), technician()
    made = await ticket(somebody, device, severity="LOW")
    patient = actor(Role.PATIENT, patient_id=UUID(device["patientId"]))
    path = f"/tickets/{made['id']}"
    async with devices.client(somebody) as tech, devices.client(patient) as own:
        lent = await tech.patch(path, json={"loanerSerialNumber": "LOAN-7", "severity": "HIGH"})
        by_patient = await own.patch(path, json={"severity": "LOW"})
        told = await own.patch(path, json={"description": "Now it does not move at all"})
        stale = await tech.patch(path, json={"loanerSerialNumber": None}, headers={"If-Match": '"1"'})
        back = await tech.patch(path, json={"loanerSerialNumber": None}, headers={"If-Match": told.headers["etag"]})
        nothing = await tech.patch(path, json={"description": None})
        history = await tech.get(f"{path}/history")
    assert lent.json()["loanerSerialNumber"] == "LOAN-7"
    assert lent.json()["dueAt"] < made["dueAt"]
    assert (by_patient.status_code, told.status_code, stale.status_code) == (403, 200, 412)
    assert (back.status_code, back.json()["loanerSerialNumber"]) == (200, None)
    assert nothing.status_code == 400
    changed = [entry["details"]["fields"] for entry in history.json()["items"] if entry["kind"] == "CHANGED"]
    assert changed == [["loanerSerialNumber"], ["description"], ["loanerSerialNumber", "severity"]]
    audited = [
        e.data["changes"] for e in await devices.recorded("audit.recorded") if e.data["action"] == "ticket.update"
    ]
    assert audited[1] == {"description": {"before": "***", "after": "***"}}


async def test_a_settled_ticket_keeps_what_was_said(devices: RunningService, ticket: Make) -> None:
    made = await ticket()
    path = f"/tickets/{made['id']}"
    async with devices.client(actor(Role.OPS)) as ops:
        closed = await ops.post(f"{path}/transitions", json={"to": "CLOSED"})
        refused = await ops.patch(path, json={"severity": "HIGH"})
        notes = await ops.patch(path, json={"resolutionNotes": "x"})
        reopened = await ops.post(f"{path}/transitions", json={"to": "IN_PROGRESS"})
    assert (closed.json()["status"], closed.json()["allowedTransitions"]) == ("CLOSED", [])
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "BIZ_TICKET_SETTLED")
    assert notes.status_code == 409
    assert (reopened.status_code, reopened.json()["error"]["code"]) == (409, "BIZ_INVALID_TRANSITION")
    assert reopened.json()["error"]["details"][0]["allowed"] == []


async def test_ops_gives_a_ticket_to_a_technician_and_to_another(
    devices: RunningService, ticket: Make, technician: MakeTechnician
) -> None:
    first, second = technician(), technician()
    made = await ticket()
    path = f"/tickets/{made['id']}/assign"
    async with devices.client(actor(Role.OPS)) as ops, devices.client(first) as one, devices.client(second) as two:
        assigned = await ops.post(path, json={"technicianId": str(first.user_id)})
        again = await ops.post(path, json={"technicianId": str(first.user_id)})
        seen = await one.get(f"/tickets/{made['id']}")
        hidden = await two.get(f"/tickets/{made['id']}")
        moved = await ops.post(path, json={"technicianId": str(second.user_id)})
        no_longer = await one.get(f"/tickets/{made['id']}")
        device = await two.get(f"/devices/{made['deviceId']}")
        workload = await ops.get("/tickets/workload")
    assert (assigned.json()["status"], assigned.json()["assignedTo"]) == ("ASSIGNED", str(first.user_id))
    assert again.status_code == 200
    assert (seen.status_code, hidden.status_code, no_longer.status_code, device.status_code) == (200, 404, 404, 200)
    assert moved.json()["assignedTo"] == str(second.user_id)
    events = [
        (e.data["technicianId"], e.data["previousTechnicianId"]) for e in await devices.recorded("ticket.assigned")
    ]
    assert events == [(str(first.user_id), None), (str(second.user_id), str(first.user_id))]
    assert workload.json()["items"] == [
        {"technicianId": str(second.user_id), "tickets": 1, "overdue": 0, "safetyIssues": 0, "plannedVisits": 0}
    ]


async def test_a_ticket_is_given_to_an_active_technician_only(
    devices: RunningService, ticket: Make, neighbours: Any
) -> None:
    made = await ticket()
    _, answers = neighbours
    suspended, clerk = new_id(), new_id()
    answers[f"/users/{suspended}"] = {"id": str(suspended), "role": "TECHNICIAN", "status": "SUSPENDED"}
    answers[f"/users/{clerk}"] = {"id": str(clerk), "role": "BILLING", "status": "ACTIVE"}
    async with devices.client(actor(Role.OPS)) as ops:
        for user in (suspended, clerk, new_id()):
            refused = await ops.post(f"/tickets/{made['id']}/assign", json={"technicianId": str(user)})
            assert (refused.status_code, refused.json()["error"]["code"]) == (422, "BIZ_NOT_A_TECHNICIAN")
    assert await devices.recorded("ticket.assigned") == []


async def test_a_technician_moves_their_own_tickets_and_nobody_elses(
    devices: RunningService, ticket: Make, technician: MakeTechnician
) -> None:
    mine, other = technician(), technician()
    made, others = await ticket(mine), await ticket(other)
    async with devices.client(mine) as http:
        early = await http.post(f"/tickets/{made['id']}/transitions", json={"to": "RESOLVED"})
        begun = await http.post(f"/tickets/{made['id']}/transitions", json={"to": "IN_PROGRESS"})
        waiting = await http.post(f"/tickets/{made['id']}/transitions", json={"to": "PENDING_PARTS"})
        closed = await http.post(f"/tickets/{made['id']}/transitions", json={"to": "CLOSED"})
        hidden = await http.post(f"/tickets/{others['id']}/transitions", json={"to": "IN_PROGRESS"})
        listed = await http.get("/tickets")
    assert (early.status_code, early.json()["error"]["details"][0]["allowed"]) == (409, ["IN_PROGRESS"])
    assert (begun.status_code, begun.json()["allowedTransitions"]) == (200, ["PENDING_PARTS", "RESOLVED"])
    assert (waiting.status_code, closed.status_code, hidden.status_code) == (200, 409, 404)
    assert [item["id"] for item in listed.json()["items"]] == [made["id"]]


async def test_a_resolved_ticket_is_taken_up_again_by_ops(
    devices: RunningService, ticket: Make, technician: MakeTechnician, status_of: Callable[[str], Awaitable[str]]
) -> None:
    made = await ticket(technician())
    path = f"/tickets/{made['id']}/transitions"
    async with devices.client(actor(Role.OPS)) as ops:
        for to in ("IN_PROGRESS", "RESOLVED"):
            answer = await ops.post(path, json={"to": to})
        assert answer.json()["resolvedAt"] is not None
        again = await ops.post(path, json={"to": "IN_PROGRESS"})
        assert await status_of(made["deviceId"]) == "IN_REPAIR"
    assert (again.status_code, again.json()["resolvedAt"]) == (200, None)


async def test_no_ticket_for_an_unknown_or_retired_device(devices: RunningService, deliver: Make) -> None:
    device = await deliver()
    async with devices.client(actor(Role.OPS)) as ops:
        unknown = await ops.post("/tickets", json=body_for({"id": str(new_id())}))
        await ops.patch(f"/devices/{device['id']}", json={"status": "DECOMMISSIONED"})
        retired = await ops.post("/tickets", json=body_for(device))
    assert unknown.status_code == 404
    assert (retired.status_code, retired.json()["error"]["code"]) == (422, "BIZ_DEVICE_OUT_OF_SERVICE")


BAD_TICKETS: list[tuple[dict[str, Any], str]] = [
    ({"category": "ENGINE"}, "category"),
    ({"severity": None}, "severity"),
    ({"description": "  "}, "description"),
    ({"description": "x" * 5001}, "description"),
    ({"deviceId": "42"}, "deviceId"),
    ({"status": "RESOLVED"}, "status"),
]


async def test_a_bad_ticket_is_refused_naming_the_field(devices: RunningService, deliver: Make) -> None:
    device = await deliver()
    async with devices.client(actor(Role.OPS)) as ops:
        for changes, field in BAD_TICKETS:
            refused = await ops.post("/tickets", json=body_for(device, **changes))
            assert refused.status_code == 400, changes
            assert [detail["field"] for detail in refused.json()["error"]["details"]] == [field]


async def test_tickets_are_found_by_what_they_are(devices: RunningService, ticket: Make, technician: Any) -> None:
    somebody = technician()
    brake = await ticket(somebody, category="BRAKE", isSafetyIssue=True)
    wheel = await ticket(severity="LOW")
    async with devices.client(actor(Role.COMPLIANCE_ADMIN)) as compliance:

        async def found(**query: str) -> list[str]:
            answer = await compliance.get("/tickets", params=query)
            return [item["id"] for item in answer.json()["items"]]

        assert await found() == [wheel["id"], brake["id"]]
        assert await found(status="OPEN") == [wheel["id"]]
        assert await found(assignedTo=str(somebody.user_id)) == [brake["id"]]
        assert await found(isSafetyIssue="true") == [brake["id"]]
        assert await found(category="WHEELS", severity="LOW") == [wheel["id"]]
        assert await found(ticketNumber=brake["ticketNumber"]) == [brake["id"]]
        assert await found(overdue="true") == []
        assert await found(overdue="false", limit="1") == [wheel["id"]]
        assert await found(patientId=str(new_id())) == []
