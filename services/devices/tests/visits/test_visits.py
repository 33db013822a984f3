"""Planning visits, going there, and what comes of it."""

import asyncio
import itertools
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from common.clock import now
from common.contracts.enums import Role
from common.ids import new_id
from common.testing import RunningService
from common.testing.keys import actor

Make = Callable[..., Awaitable[Any]]
START = (now() + timedelta(days=3)).replace(hour=9, minute=0, second=0, microsecond=0)


async def plan(http: httpx.AsyncClient, ticket: dict[str, Any], technician: Any, at: datetime, **more: Any) -> Any:
    body = {"technicianId": str(technician.user_id), "scheduledAt": at.isoformat(), **more}
    return await http.post(f"/tickets/{ticket['id']}/visits", json=body)


def at(minutes: int) -> datetime:
    return START + timedelta(minutes=minutes)


async def test_a_visit_is_planned_and_told_to_others(devices: RunningService, ticket: Make, technician: Any) -> None:
    somebody = technician()
    made = await ticket(somebody)
    async with devices.client(actor(Role.OPS)) as ops:
        planned = await plan(ops, made, somebody, at(0), durationMinutes=90)
        agenda = await ops.get("/visits", params={"technicianId": str(somebody.user_id), "from": at(-1).isoformat()})
        none = await ops.get("/visits", params={"planned": "true", "to": at(0).isoformat()})
        listed = await ops.get(f"/tickets/{made['id']}/visits")
    assert planned.status_code == 201
    visit = planned.json()
    assert datetime.fromisoformat(visit["scheduledUntil"]) == at(90)
    assert visit["outcome"] is None
    assert [item["id"] for item in agenda.json()["items"]] == [visit["id"]]
    assert none.json()["items"] == []
    assert [item["id"] for item in listed.json()["items"]] == [visit["id"]]
    [event] = await devices.recorded("visit.scheduled")
    assert (event.data["visitId"], event.data["ticketNumber"]) == (visit["id"], made["ticketNumber"])
    assert datetime.fromisoformat(event.data["scheduledAt"]) == START


@pytest.mark.parametrize(
    ("second", "status"),
    [(-60, 201), (-59, 409), (0, 409), (59, 409), (60, 201)],
    ids=["ends as the other starts", "a minute too long", "the same", "a minute too early", "right after"],
)
async def test_a_technician_is_never_in_two_places(
    devices: RunningService, ticket: Make, technician: Any, second: int, status: int
) -> None:
    somebody, colleague = technician(), technician()
    first, other, third = await ticket(somebody), await ticket(somebody), await ticket(colleague)
    async with devices.client(actor(Role.OPS)) as ops:
        assert (await plan(ops, first, somebody, at(0))).status_code == 201
        answer = await plan(ops, other, somebody, at(second))
        elsewhere = await plan(ops, third, colleague, at(second))
    assert answer.status_code == status
    assert status == 201 or answer.json()["error"]["code"] == "BIZ_TECHNICIAN_BUSY"
    assert elsewhere.status_code == 201


async def test_fifty_bookings_at_once_never_book_twice(devices: RunningService, ticket: Make, technician: Any) -> None:
    somebody = technician()
    tickets = [await ticket(somebody) for _ in range(5)]
    async with devices.client(actor(Role.OPS)) as ops:
        answers = await asyncio.gather(
            *(plan(ops, tickets[turn % 5], somebody, at(20 * (turn % 10))) for turn in range(50))
        )
    assert {answer.status_code for answer in answers} == {201, 409}
    assert {a.json()["error"]["code"] for a in answers if a.status_code == 409} == {"BIZ_TECHNICIAN_BUSY"}
    starts = sorted(datetime.fromisoformat(a.json()["scheduledAt"]) for a in answers if a.status_code == 201)
    assert all(later - earlier >= timedelta(hours=1) for earlier, later in itertools.pairwise(starts))
    assert 2 <= len(starts) <= 4, "the ten times asked for span three hours"


async def test_a_visit_to_a_ticket_nobody_has_gives_it_to_the_technician(
    devices: RunningService, ticket: Make, technician: Any
) -> None:
    somebody, other = technician(), technician()
    made = await ticket()
    async with devices.client(actor(Role.OPS)) as ops, devices.client(somebody) as tech:
        before = await plan(tech, made, somebody, at(0))
        planned = await plan(ops, made, somebody, at(0))
        read = (await ops.get(f"/tickets/{made['id']}")).json()
        strange = await plan(ops, made, other, at(0))
        unknown = await plan(ops, made, actor(Role.TECHNICIAN), at(0))
        for_other = await plan(tech, made, other, at(120))
    assert (before.status_code, planned.status_code) == (404, 201)
    assert (read["status"], read["assignedTo"]) == ("ASSIGNED", str(somebody.user_id))
    assert len(await devices.recorded("ticket.assigned")) == 1
    assert (strange.status_code, strange.json()["error"]["code"]) == (422, "BIZ_VISIT_TECHNICIAN")
    assert (unknown.status_code, unknown.json()["error"]["code"]) == (422, "BIZ_NOT_A_TECHNICIAN")
    assert for_other.status_code == 403


BAD_TIMES = [
    ("2020-01-01T09:00:00Z", 422, "BIZ_VISIT_TIME"),
    ("2199-01-01T09:00:00Z", 422, "BIZ_VISIT_TIME"),
    ("2027-03-01T09:00:00", 400, "VAL_INVALID"),
    ("soon", 400, "VAL_INVALID"),
]


async def test_a_visit_takes_place_at_a_time_that_can_be(
    devices: RunningService, ticket: Make, technician: Any
) -> None:
    somebody = technician()
    made = await ticket(somebody)
    async with devices.client(somebody) as tech:
        for scheduled_at, status, code in BAD_TIMES:
            body = {"technicianId": str(somebody.user_id), "scheduledAt": scheduled_at}
            refused = await tech.post(f"/tickets/{made['id']}/visits", json=body)
            assert (refused.status_code, refused.json()["error"]["code"]) == (status, code), scheduled_at


async def test_a_completed_visit_is_a_service_of_the_device(
    devices: RunningService, ticket: Make, technician: Any, status_of: Callable[[str], Awaitable[str]]
) -> None:
    somebody = technician()
    made = await ticket(somebody)
    async with devices.client(somebody) as tech, devices.client(actor(Role.OPS)) as ops:
        visit = (await plan(tech, made, somebody, at(0))).json()
        early = await tech.post(f"/visits/{visit['id']}/complete", json={"outcome": "COMPLETED"})
        arrived = await tech.post(f"/visits/{visit['id']}/arrive")
        twice = await tech.post(f"/visits/{visit['id']}/arrive")
        assert await status_of(made["deviceId"]) == "IN_REPAIR"
        done = await tech.post(
            f"/visits/{visit['id']}/complete", json={"outcome": "COMPLETED", "notes": "Fixed", "labourCost": "45.50"}
        )
        again = await tech.post(f"/visits/{visit['id']}/complete", json={"outcome": "NO_SHOW"})
        contract = (await ops.get(f"/devices/{made['deviceId']}/maintenance-contract")).json()
        read = (await ops.get(f"/tickets/{made['id']}")).json()
    assert (early.status_code, early.json()["error"]["code"]) == (409, "BIZ_VISIT_NOT_STARTED")
    assert arrived.json()["arrivedAt"] is not None
    assert (twice.status_code, twice.json()["error"]["code"]) == (409, "BIZ_VISIT_STARTED")
    assert (done.status_code, done.json()["outcome"], done.json()["labourCost"]) == (200, "COMPLETED", "45.50")
    assert (again.status_code, again.json()["error"]["code"]) == (409, "BIZ_VISIT_OVER")
    assert contract["lastServiceDate"] is not None
    assert contract["budget"]["consumed"] == "45.50"
    assert read["status"] == "IN_PROGRESS", "whether the device is repaired is said of the ticket"
    [event] = await devices.recorded("visit.completed")
    assert event.data["outcome"] == "COMPLETED"


OUTCOMES = [
    ("PARTS_NEEDED", True, 200, "PENDING_PARTS"),
    ("PARTS_NEEDED", False, 409, "ASSIGNED"),
    ("NO_SHOW", True, 200, "ASSIGNED"),
    ("NO_SHOW", False, 200, "ASSIGNED"),
    ("RESCHEDULED", True, 200, "ASSIGNED"),
    ("COMPLETED", True, 200, "IN_PROGRESS"),
]


async def test_the_ticket_follows_the_outcome_of_its_visit(
    devices: RunningService, ticket: Make, technician: Any
) -> None:
    for outcome, arrive, status, ticket_status in OUTCOMES:
        somebody = technician()
        made = await ticket(somebody)
        async with devices.client(somebody) as tech:
            visit = (await plan(tech, made, somebody, at(0))).json()
            if arrive:
                await tech.post(f"/visits/{visit['id']}/arrive")
            ended = await tech.post(f"/visits/{visit['id']}/complete", json={"outcome": outcome})
            read = (await tech.get(f"/tickets/{made['id']}")).json()
            next_one = await plan(tech, made, somebody, at(0))
        assert (ended.status_code, read["status"]) == (status, ticket_status), outcome
        assert next_one.status_code == (201 if status == 200 else 409), "a visit that is over frees its time"


async def test_a_patient_moves_a_planned_visit_and_the_old_time_is_free(
    devices: RunningService, deliver: Make, ticket: Make, technician: Any
) -> None:
    somebody, device = technician(), await deliver()
    made, other = await ticket(somebody, device), await ticket(somebody)
    patient = actor(Role.PATIENT, patient_id=UUID(device["patientId"]))
    async with devices.client(patient) as own, devices.client(somebody) as tech:
        visit = (await plan(tech, made, somebody, at(0), durationMinutes=30)).json()
        blocked = (await plan(tech, other, somebody, at(300))).json()
        busy = await own.post(f"/visits/{visit['id']}/reschedule", json={"scheduledAt": at(310).isoformat()})
        moved = await own.post(f"/visits/{visit['id']}/reschedule", json={"scheduledAt": at(15).isoformat()})
        twice = await own.post(f"/visits/{visit['id']}/reschedule", json={"scheduledAt": at(600).isoformat()})
        strange = await own.post(f"/visits/{blocked['id']}/reschedule", json={"scheduledAt": at(600).isoformat()})
        old = (await own.get(f"/visits/{visit['id']}")).json()
        await tech.post(f"/visits/{moved.json()['id']}/arrive")
        late = await own.post(f"/visits/{moved.json()['id']}/reschedule", json={"scheduledAt": at(600).isoformat()})
    assert (busy.status_code, busy.json()["error"]["code"]) == (409, "BIZ_TECHNICIAN_BUSY")
    assert moved.status_code == 201
    assert moved.json()["rescheduledFromId"] == visit["id"]
    assert datetime.fromisoformat(moved.json()["scheduledUntil"]) == at(45)
    assert old["outcome"] == "RESCHEDULED"
    assert (twice.status_code, strange.status_code) == (409, 404)
    assert (late.status_code, late.json()["error"]["code"]) == (409, "BIZ_VISIT_UNDER_WAY")
    assert [e.data["outcome"] for e in await devices.recorded("visit.completed")] == ["RESCHEDULED"]


async def test_a_technician_says_once_that_they_are_on_the_way(
    devices: RunningService, deliver: Make, ticket: Make, technician: Any
) -> None:
    somebody, device = technician(), await deliver()
    made = await ticket(somebody, device)
    patient = actor(Role.PATIENT, patient_id=UUID(device["patientId"]))
    soon = now() + timedelta(hours=2)
    async with devices.client(somebody) as tech, devices.client(patient) as own:
        another_day = (await plan(tech, made, somebody, at(0))).json()
        early = await tech.post(f"/visits/{another_day['id']}/depart")
        visit = (await plan(tech, made, somebody, soon)).json()
        by_patient = await own.post(f"/visits/{visit['id']}/depart")
        departed = await tech.post(f"/visits/{visit['id']}/depart")
        twice = await tech.post(f"/visits/{visit['id']}/depart")
        moved = await own.post(f"/visits/{visit['id']}/reschedule", json={"scheduledAt": at(600).isoformat()})
        await tech.post(f"/visits/{visit['id']}/arrive")
        late = await tech.post(f"/visits/{visit['id']}/depart")
    assert (early.status_code, early.json()["error"]["code"]) == (422, "BIZ_VISIT_NOT_DUE")
    assert by_patient.status_code == 403
    assert (departed.status_code, departed.json()["departedAt"] is not None) == (200, True)
    assert (twice.status_code, twice.json()["error"]["code"]) == (409, "BIZ_VISIT_STARTED")
    assert (moved.status_code, moved.json()["error"]["code"]) == (409, "BIZ_VISIT_UNDER_WAY")
    assert late.status_code == 409
    [event] = await devices.recorded("visit.departed")
    assert event.data["visitId"] == visit["id"]


async def test_whoever_takes_a_visit_over_has_not_set_out_yet(
    devices: RunningService, ticket: Make, technician: Any
) -> None:
    first, second = technician(), technician()
    made = await ticket(first)
    async with devices.client(actor(Role.OPS)) as ops:
        visit = (await plan(ops, made, first, now() + timedelta(hours=1))).json()
        await ops.post(f"/visits/{visit['id']}/depart")
        await ops.post(f"/tickets/{made['id']}/assign", json={"technicianId": str(second.user_id)})
        departed = await ops.post(f"/visits/{visit['id']}/depart")
        moved = await ops.post(f"/visits/{visit['id']}/reschedule", json={"scheduledAt": at(600).isoformat()})
    assert (departed.status_code, moved.status_code) == (200, 201)
    assert len(await devices.recorded("visit.departed")) == 2


async def test_planned_visits_go_with_their_ticket(devices: RunningService, ticket: Make, technician: Any) -> None:
    first, second = technician(), technician()
    made, other = await ticket(first), await ticket(second)
    async with devices.client(actor(Role.OPS)) as ops, devices.client(second) as two:
        visit = (await plan(ops, made, first, at(0))).json()
        conflicting = (await plan(ops, other, second, at(30))).json()
        busy = await ops.post(f"/tickets/{made['id']}/assign", json={"technicianId": str(second.user_id)})
        await two.post(f"/visits/{conflicting['id']}/complete", json={"outcome": "NO_SHOW"})
        given = await ops.post(f"/tickets/{made['id']}/assign", json={"technicianId": str(second.user_id)})
        handed = (await two.get(f"/visits/{visit['id']}")).json()
        await two.post(f"/visits/{visit['id']}/arrive")
        under_way = await ops.post(f"/tickets/{made['id']}/assign", json={"technicianId": str(first.user_id)})
    assert (busy.status_code, busy.json()["error"]["code"]) == (409, "BIZ_TECHNICIAN_BUSY")
    assert given.status_code == 200
    assert handed["technicianId"] == str(second.user_id)
    assert (under_way.status_code, under_way.json()["error"]["code"]) == (409, "BIZ_VISIT_UNDER_WAY")


async def test_a_settled_ticket_frees_the_time_planned_for_it(
    devices: RunningService, ticket: Make, technician: Any
) -> None:
    somebody = technician()
    made, other = await ticket(somebody), await ticket(somebody)
    async with devices.client(actor(Role.OPS)) as ops:
        visit = (await plan(ops, made, somebody, at(0))).json()
        await ops.post(f"/tickets/{made['id']}/transitions", json={"to": "CLOSED"})
        ended = (await ops.get(f"/visits/{visit['id']}")).json()
        free = await plan(ops, other, somebody, at(0))
        settled = await plan(ops, made, somebody, at(120))
        no_more = await ops.post(f"/tickets/{made['id']}/assign", json={"technicianId": str(somebody.user_id)})
    assert ended["outcome"] == "RESCHEDULED"
    assert free.status_code == 201
    assert (settled.status_code, settled.json()["error"]["code"]) == (409, "BIZ_TICKET_SETTLED")
    assert no_more.status_code == 409


async def test_a_signature_is_a_document_about_this_patient(
    devices: RunningService, deliver: Make, ticket: Make, technician: Any, neighbours: Any
) -> None:
    somebody, device = technician(), await deliver()
    made = await ticket(somebody, device)
    _, answers = neighbours

    def document(**changes: Any) -> str:
        identifier = str(new_id())
        answers[f"/documents/{identifier}"] = {
            "id": identifier,
            "documentType": "OTHER",
            "scanStatus": "CLEAN",
            "ownerId": str(somebody.user_id),
            "patientId": device["patientId"],
            "caseId": None,
            **changes,
        }
        return identifier

    bad = [
        str(new_id()),
        document(scanStatus="INFECTED"),
        document(patientId=str(new_id())),
        document(caseId=str(new_id())),
        document(patientId=None, ownerId=str(new_id())),
    ]
    async with devices.client(somebody) as tech:
        visit = (await plan(tech, made, somebody, at(0))).json()
        path = f"/visits/{visit['id']}/complete"
        await tech.post(f"/visits/{visit['id']}/arrive")
        for identifier in bad:
            refused = await tech.post(path, json={"outcome": "COMPLETED", "signatureImageId": identifier})
            assert (refused.status_code, refused.json()["error"]["code"]) == (422, "BIZ_SIGNATURE")
        good = document(scanStatus="PENDING", patientId=None)
        done = await tech.post(path, json={"outcome": "COMPLETED", "signatureImageId": good})
    assert (done.status_code, done.json()["signatureImageId"]) == (200, good)


async def test_a_visit_may_be_entered_an_hour_late(devices: RunningService, ticket: Make, technician: Any) -> None:
    somebody = technician()
    made = await ticket(somebody)
    async with devices.client(somebody) as tech:
        just_begun = await plan(tech, made, somebody, now() - timedelta(minutes=50))
        long_over = await plan(tech, made, somebody, now() - timedelta(minutes=70))
    assert (just_begun.status_code, long_over.status_code) == (201, 422)
