"""`/prescriptions`: who submits, reads and verifies them, and what is refused."""

import asyncio
from datetime import timedelta
from typing import Any

from common.clock import today
from common.contracts.enums import Role
from common.ids import new_id
from common.testing.keys import actor


def body(desk: Any, **changes: Any) -> dict[str, Any]:
    return {
        "patientId": str(desk.patient_id),
        "documentId": desk.colleagues.add_document(desk.patient_id),
        "prescriptionDate": str(today()),
        "productCategory": "ELECTRIC_WHEELCHAIR",
        **changes,
    }


async def test_a_patient_submits_one_and_staff_verify_it(desk: Any) -> None:
    notes = "Autonomie réduite"
    made = await desk.mine.post("/prescriptions", json=body(desk, clinicalNotes=notes))
    assert made.status_code == 201, made.text
    assert (made.json()["verificationStatus"], made.json()["clinicalNotes"]) == ("PENDING", notes)
    verified = await desk.verify(made.json()["id"])
    assert (verified["verificationStatus"], verified["verifiedBy"]) == ("VERIFIED", str(desk.officer.user_id))
    names = [event.name for event in await desk.running.recorded()]
    assert [name for name in names if name.startswith("prescription")] == [
        "prescription.submitted",
        "prescription.verified",
    ]


async def test_clinical_notes_rest_encrypted_and_stay_out_of_events_and_lists(desk: Any) -> None:
    await desk.mine.post("/prescriptions", json=body(desk, clinicalNotes="Sclérose"))
    [stored] = await desk.running.resources.database.reads.fetch("SELECT clinical_notes FROM prescriptions")
    assert stored["clinical_notes"].startswith("v1.")
    assert "Sclérose" not in stored["clinical_notes"]
    assert "Sclérose" not in (await desk.mine.get("/prescriptions")).text
    assert all("Sclérose" not in str(event.data) for event in await desk.running.recorded())


async def test_it_is_decided_once(desk: Any) -> None:
    made = await desk.prescription(verified=False)
    path = f"/prescriptions/{made['id']}/verify"
    answers = await asyncio.gather(
        desk.ops.post(path, json={"decision": "VERIFIED"}),
        desk.ops.post(path, json={"decision": "REJECTED", "reason": "illisible"}),
    )
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    [refused] = [answer for answer in answers if answer.status_code == 409]
    assert refused.json()["error"]["code"] == "BIZ_PRESCRIPTION_DECIDED"


async def test_a_bad_one_is_refused(desk: Any) -> None:
    bad: list[tuple[dict[str, Any], int, str]] = [
        ({"prescriptionDate": str(today() + timedelta(days=1))}, 422, "BIZ_PRESCRIPTION_IN_FUTURE"),
        ({"expirationDate": str(today() - timedelta(days=1))}, 400, "VAL_INVALID"),
        ({"productCategory": "SCOOTER"}, 400, "VAL_INVALID"),
        ({"documentId": str(new_id())}, 404, "DOC_NOT_FOUND"),
        ({"nir": "1"}, 400, "VAL_INVALID"),
    ]
    for changes, status, code in bad:
        refused = await desk.ops.post("/prescriptions", json=body(desk, **changes))
        assert (refused.status_code, refused.json()["error"]["code"]) == (status, code)


async def test_its_document_is_a_clean_prescription(desk: Any) -> None:
    bad: list[tuple[dict[str, Any], int, str]] = [
        ({"document_type": "ID_CARD"}, 422, "DOC_WRONG_TYPE"),
        ({"scan": "PENDING"}, 409, "DOC_NOT_CLEAN"),
        ({"scan": "INFECTED"}, 409, "DOC_NOT_CLEAN"),
    ]
    for document, status, code in bad:
        document_id = desk.colleagues.add_document(desk.patient_id, **document)
        refused = await desk.mine.post("/prescriptions", json=body(desk, documentId=document_id))
        assert (refused.status_code, refused.json()["error"]["code"]) == (status, code)


async def test_the_document_of_another_patient_is_unknown(desk: Any) -> None:
    others = desk.colleagues.add_document(new_id())
    refused = await desk.ops.post("/prescriptions", json=body(desk, documentId=others))
    assert (refused.status_code, refused.json()["error"]["code"]) == (404, "DOC_NOT_FOUND")


async def test_one_document_carries_one_prescription_until_that_is_rejected(desk: Any) -> None:
    document = desk.colleagues.add_document(desk.patient_id)
    first = await desk.ops.post("/prescriptions", json=body(desk, documentId=document))
    again = await desk.ops.post("/prescriptions", json=body(desk, documentId=document))
    assert (again.status_code, again.json()["error"]["code"]) == (409, "BIZ_DOCUMENT_HAS_PRESCRIPTION")
    path = f"/prescriptions/{first.json()['id']}/verify"
    await desk.ops.post(path, json={"decision": "REJECTED", "reason": "illisible"})
    renewed = await desk.ops.post("/prescriptions", json=body(desk, documentId=document))
    assert renewed.status_code == 201


async def test_a_prescriber_submits_what_they_uploaded_and_reads_only_theirs(desk: Any) -> None:
    doctor = actor(Role.PRESCRIBER)
    uploaded = desk.colleagues.add_document(desk.patient_id, owner_id=doctor.user_id)
    elsewhere = await desk.prescription()
    async with desk.client(doctor) as client:
        made = await client.post("/prescriptions", json=body(desk, documentId=uploaded))
        others = await client.post("/prescriptions", json=body(desk))
        impostor = await client.post("/prescriptions", json=body(desk, prescriberId=str(new_id())))
        listed = (await client.get("/prescriptions")).json()["items"]
        hidden = await client.get(f"/prescriptions/{elsewhere['id']}")
    assert made.json()["prescriberId"] == str(doctor.prescriber_id)
    assert (others.status_code, impostor.status_code, hidden.status_code) == (404, 403, 404)
    assert [item["id"] for item in listed] == [made.json()["id"]]


async def test_a_proxy_acts_for_their_patient_and_nobody_else(desk: Any) -> None:
    async with desk.client(actor(Role.PATIENT, proxy_for=frozenset({desk.patient_id}))) as proxy:
        made = await proxy.post("/prescriptions", json=body(desk))
        stranger = await proxy.post("/prescriptions", json=body(desk, patientId=str(new_id())))
        assert (await proxy.get(f"/prescriptions/{made.json()['id']}")).status_code == 200
    assert (made.status_code, stranger.status_code) == (201, 404)


async def test_what_each_role_may(desk: Any) -> None:
    made = await desk.prescription(verified=False)
    expected = {
        Role.PATIENT: [404, 404, 403],
        Role.PRESCRIBER: [404, 404, 403],
        Role.BILLING: [403, 403, 403],
        Role.TECHNICIAN: [403, 403, 403],
        Role.COMPLIANCE_ADMIN: [403, 200, 403],
        Role.OPS: [201, 200, 200],
    }
    for role, statuses in expected.items():
        async with desk.client(role) as somebody:
            answers = [
                await somebody.post("/prescriptions", json=body(desk)),
                await somebody.get(f"/prescriptions/{made['id']}"),
                await somebody.post(f"/prescriptions/{made['id']}/verify", json={"decision": "VERIFIED"}),
            ]
        assert [answer.status_code for answer in answers] == statuses


async def test_reading_by_staff_is_audited_and_by_the_patient_not(desk: Any) -> None:
    made = await desk.prescription(verified=False)
    await desk.mine.get(f"/prescriptions/{made['id']}")
    await desk.ops.get(f"/prescriptions/{made['id']}")
    entries = [event.data for event in await desk.running.recorded("audit.recorded")]
    assert [entry["actorId"] for entry in entries if entry["action"] == "prescription.read"] == [
        str(desk.officer.user_id)
    ]
