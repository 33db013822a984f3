"""Who may know of which documents, and who may open and delete them."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio
from common import clock
from common.auth import Actor
from common.contracts.cases import CaseOpenedV1, PrescriptionSubmittedV1
from common.contracts.devices import TicketAssignedV1
from common.contracts.enums import Priority, ProductCategory, Role
from common.contracts.identity import BreakGlassGrantedV1
from common.ids import new_id
from common.testing import eventually
from common.testing.keys import actor


def submitted(document: dict[str, Any], patient_id: Any, prescriber_id: Any = None) -> PrescriptionSubmittedV1:
    return PrescriptionSubmittedV1(
        prescription_id=new_id(),
        patient_id=patient_id,
        document_id=document["id"],
        prescriber_id=prescriber_id,
        product_category=ProductCategory.MANUAL_WHEELCHAIR,
    )


def opened(document: dict[str, Any], patient_id: Any, prescriber_id: Any = None) -> CaseOpenedV1:
    return CaseOpenedV1(
        case_id=new_id(),
        patient_id=patient_id,
        case_number="AX-2026-000001",
        prescription_id=new_id(),
        prescription_document_id=document["id"],
        prescriber_id=prescriber_id,
        priority=Priority.NORMAL,
    )


def assigned(case: CaseOpenedV1, technician: Actor, **changes: Any) -> TicketAssignedV1:
    given = {
        "case_id": case.case_id,
        "device_id": new_id(),
        "patient_id": case.patient_id,
        "ticket_id": new_id(),
        "ticket_number": "TK-2026-000001",
        "technician_id": technician.user_id,
        "previous_technician_id": None,
        **changes,
    }
    return TicketAssignedV1(**given)


@pytest_asyncio.fixture
async def technician() -> Actor:
    return actor(Role.TECHNICIAN)


async def sees(desk: Any, by: Actor, document: dict[str, Any]) -> bool:
    """Whether the actor knows of a document; the list and the single read always agree."""
    async with desk.running.client(by) as client:
        one = await client.get(f"/documents/{document['id']}")
        listed = await client.get("/documents")
    assert one.status_code in {200, 404}
    assert (one.status_code == 200) == (document["id"] in [item["id"] for item in listed.json()["items"]])
    return bool(one.status_code == 200)


async def until_seen(desk: Any, by: Actor, document: dict[str, Any]) -> None:
    async def seen() -> bool:
        return bool(await desk.status(by, "GET", f"/documents/{document['id']}") == 200)

    await eventually(seen)
    assert await sees(desk, by, document)


async def test_a_patient_and_their_proxy_see_their_own_and_nobody_elses(desk: Any, patient: Actor) -> None:
    other = actor(Role.PATIENT)
    proxy = actor(Role.BILLING, proxy_for=frozenset({patient.patient_id}))  # type: ignore[arg-type]
    friend = actor(Role.PATIENT, proxy_for=frozenset({patient.patient_id}))  # type: ignore[arg-type]
    mine = await desk.upload(patient)
    theirs = await desk.upload(other)
    assert await sees(desk, patient, mine)
    assert await sees(desk, proxy, mine)
    assert await sees(desk, friend, mine)
    assert not await sees(desk, patient, theirs)
    assert not await sees(desk, friend, theirs)


async def test_what_a_proxy_uploaded_is_the_patients_and_leaves_the_proxy_with_the_proxy_role(
    desk: Any, patient: Actor
) -> None:
    proxy = actor(Role.PATIENT, proxy_for=frozenset({patient.patient_id}))  # type: ignore[arg-type]
    document = await desk.upload(proxy, patientId=str(patient.patient_id))
    revoked = actor(Role.PATIENT, user_id=proxy.user_id, patient_id=proxy.patient_id)
    assert document["ownerType"] == "PATIENT"
    assert await sees(desk, patient, document)
    assert await sees(desk, proxy, document)
    assert not await sees(desk, revoked, document)


@pytest.mark.parametrize("role", [Role.OPS, Role.BILLING, Role.COMPLIANCE_ADMIN])
async def test_staff_see_all_and_their_reads_are_audited(desk: Any, patient: Actor, role: Role) -> None:
    document = await desk.upload(patient)
    assert await sees(desk, actor(role), document)
    assert [str(found) for found in await desk.audited("document.read")] == [document["id"]]
    assert len(await desk.audited("document.list")) == 1


async def test_a_patients_own_reads_are_not_audited_but_downloads_are(desk: Any, patient: Actor) -> None:
    document = await desk.upload(patient)
    await desk.set_clean(document["id"])
    await desk.read(patient, document["id"])
    assert await desk.audited("document.read") == []
    assert await desk.status(patient, "GET", f"/documents/{document['id']}/download") == 200
    assert [str(found) for found in await desk.audited("document.download")] == [document["id"]]


async def test_a_prescriber_sees_their_uploads_and_the_documents_of_their_prescriptions(
    working_desk: Any, patient: Actor
) -> None:
    desk, prescriber, other = working_desk, actor(Role.PRESCRIBER), actor(Role.PRESCRIBER)
    uploaded = await desk.upload(prescriber)
    prescription = await desk.upload(patient)
    identity_card = await desk.upload(patient, documentType="ID_CARD")
    assert await sees(desk, prescriber, uploaded)
    assert not await sees(desk, prescriber, prescription)
    await desk.running.publish(submitted(prescription, patient.patient_id, prescriber.prescriber_id))
    await desk.running.publish(submitted(identity_card, patient.patient_id, None))
    await until_seen(desk, prescriber, prescription)
    for mine in (uploaded, prescription, identity_card):
        assert not await sees(desk, other, mine)
    assert not await sees(desk, prescriber, identity_card)


async def test_a_patient_reads_what_a_prescriber_uploaded_for_them(working_desk: Any, patient: Actor) -> None:
    desk, prescriber = working_desk, actor(Role.PRESCRIBER)
    named = await desk.upload(prescriber, patientId=str(patient.patient_id))
    unnamed = await desk.upload(prescriber)
    assert await sees(desk, patient, named)
    assert not await sees(desk, patient, unnamed)
    await desk.running.publish(submitted(unnamed, patient.patient_id, prescriber.prescriber_id))
    await until_seen(desk, patient, unnamed)
    assert await sees(desk, prescriber, unnamed)


async def test_a_prescription_never_takes_a_document_from_a_patient(working_desk: Any, patient: Actor) -> None:
    desk, other = working_desk, actor(Role.PATIENT)
    mine = await desk.upload(patient)
    event = submitted(mine, other.patient_id)
    await desk.running.publish(event)
    late = await desk.upload(actor(Role.PRESCRIBER))
    await desk.running.publish(submitted(late, other.patient_id))
    await until_seen(desk, other, late)  # and so the first event has been handled too
    assert await sees(desk, patient, mine)
    assert not await sees(desk, other, mine)


async def test_a_technician_sees_the_documents_of_the_cases_of_their_tickets(
    working_desk: Any, patient: Actor, technician: Actor, ops: Actor
) -> None:
    desk = working_desk
    prescription = await desk.upload(patient)
    elsewhere = await desk.upload(patient, documentType="ID_CARD")
    case = opened(prescription, patient.patient_id)
    await desk.running.publish(case)
    proof = await desk.upload(ops, documentType="DELIVERY_PROOF", caseId=str(case.case_id))
    assert not await sees(desk, technician, proof)
    await desk.running.publish(assigned(case, technician), version=1)
    await until_seen(desk, technician, proof)
    assert await sees(desk, technician, prescription)
    assert not await sees(desk, technician, elsewhere)
    signature = await desk.upload(technician, documentType="OTHER", caseId=str(case.case_id))
    assert signature["patientId"] == str(patient.patient_id)
    assert signature["ownerType"] == "STAFF"


async def test_the_latest_assignment_counts_in_whatever_order_and_however_often_it_comes(
    working_desk: Any, patient: Actor, technician: Actor
) -> None:
    desk, successor, third = working_desk, actor(Role.TECHNICIAN), actor(Role.TECHNICIAN)
    document = await desk.upload(patient)
    case = opened(document, patient.patient_id)
    ticket = new_id()
    await desk.running.publish(case, times=2)
    await desk.running.publish(assigned(case, successor, ticket_id=ticket), of=ticket, version=3, times=2)
    await desk.running.publish(assigned(case, technician, ticket_id=ticket), of=ticket, version=2)
    await desk.running.publish(assigned(case, third), of=new_id(), version=1)
    await until_seen(desk, third, document)  # the last event, and so all of them
    assert await sees(desk, successor, document)
    assert not await sees(desk, technician, document)


async def test_break_glass_opens_a_patients_documents_to_one_member_of_staff_for_its_time(
    working_desk: Any, patient: Actor, technician: Actor
) -> None:
    desk = working_desk
    mine, others = await desk.upload(patient), await desk.upload(actor(Role.PATIENT))
    grant = BreakGlassGrantedV1(
        grant_id=new_id(),
        patient_id=patient.patient_id,
        user_id=technician.user_id,
        expires_at=clock.now() + timedelta(minutes=60),
    )
    await desk.running.publish(grant, times=2)
    await until_seen(desk, technician, mine)
    assert not await sees(desk, technician, others)
    assert not await sees(desk, actor(Role.TECHNICIAN), mine)
    assert UUID(mine["id"]) in await desk.audited("document.read")
    assert await desk.status(technician, "DELETE", f"/documents/{mine['id']}") == 403
    with clock.travel(clock.now() + timedelta(minutes=61)):
        assert not await sees(desk, technician, mine)


async def test_a_case_of_somebody_else_is_not_found_and_a_new_one_is_waited_for(
    working_desk: Any, patient: Actor, technician: Actor
) -> None:
    desk, prescriber = working_desk, actor(Role.PRESCRIBER)
    prescription = await desk.upload(patient)
    case = opened(prescription, patient.patient_id, prescriber.prescriber_id)
    body = {"documentType": "OTHER", "filename": "a.pdf", "mimeType": "application/pdf", "sizeBytes": 10}
    body["caseId"] = str(case.case_id)
    await desk.running.publish(case)

    async def announce(by: Actor, **changes: Any) -> tuple[int, str]:
        async with desk.running.client(by) as client:
            answer = await client.post("/documents", json={**body, **changes})
        found = answer.json()
        return answer.status_code, found["document"]["patientId"] if answer.is_success else found["error"]["code"]

    mine = (201, str(patient.patient_id))
    assert await announce(patient) == mine
    assert await announce(prescriber) == mine
    assert await announce(actor(Role.OPS)) == mine
    assert await announce(technician, documentType="DELIVERY_PROOF") == mine
    resources = desk.running.resources
    resources.settings = resources.settings.model_copy(update={"case_wait_seconds": 0})  # no ticket is on its way
    assert await announce(technician) == (404, "BIZ_NOT_FOUND")
    assert await announce(actor(Role.PATIENT)) == (404, "BIZ_NOT_FOUND")
    assert await announce(actor(Role.PRESCRIBER)) == (404, "BIZ_NOT_FOUND")
    assert await announce(actor(Role.OPS), patientId=str(new_id())) == (422, "DOC_CASE_OF_ANOTHER_PATIENT")


async def test_lists_are_filtered_and_paged(working_desk: Any, patient: Actor, ops: Actor) -> None:
    desk = working_desk
    made = [(await desk.announce(patient, documentType=kind))["document"]["id"] for kind in ("OTHER", "ID_CARD")]
    prescription = await desk.upload(patient)
    await desk.announce(actor(Role.PATIENT))
    case = opened(prescription, patient.patient_id)
    await desk.running.publish(case)

    async def listed(by: Actor, **query: Any) -> list[str]:
        async with desk.running.client(by) as client:
            found: list[str] = []
            cursor: str | None = None
            while True:
                page = (
                    await client.get("/documents", params={**query, **({"cursor": cursor} if cursor else {})})
                ).json()
                found += [item["id"] for item in page["items"]]
                cursor = page["nextCursor"]
                if cursor is None:
                    return found

    async def of_case() -> list[str]:
        return await listed(ops, caseId=str(case.case_id))

    assert await eventually(of_case) == [prescription["id"]]
    everything = [prescription["id"], made[1], made[0]]
    assert await listed(patient, limit=1) == everything
    assert await listed(ops, patientId=str(patient.patient_id)) == everything
    assert await listed(ops, patientId=str(patient.patient_id), documentType="ID_CARD") == [made[1]]
    assert await listed(actor(Role.PATIENT), patientId=str(patient.patient_id)) == []


@pytest.mark.parametrize(
    ("query", "field"),
    [("limit=0", "limit"), ("limit=201", "limit"), ("cursor=%21", "cursor"), ("caseId=1", "caseId")],
)
async def test_a_bad_query_is_refused_naming_the_field(desk: Any, patient: Actor, query: str, field: str) -> None:
    async with desk.running.client(patient) as client:
        refused = await client.get(f"/documents?{query}")
    assert refused.status_code == 400
    assert [detail["field"] for detail in refused.json()["error"]["details"]] == [field]


async def test_an_event_that_is_none_is_kept_aside_and_the_next_is_handled(working_desk: Any, patient: Actor) -> None:
    desk = working_desk
    document = await desk.upload(actor(Role.PRESCRIBER))
    await desk.running.publish_raw("CASES", "axtech.cases.case.opened", b'{"not": "an event"}')
    await desk.running.publish(submitted(document, patient.patient_id))
    await until_seen(desk, patient, document)
    [letter] = await desk.running.dead_letters()
    assert (letter["consumer"], letter["reason"]) == ("documents-access", "invalid")
