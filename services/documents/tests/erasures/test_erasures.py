"""Which documents of somebody who was forgotten are deleted, and which are kept."""

from pathlib import Path
from typing import Any
from uuid import UUID

from common.auth import Actor
from common.contracts.cases import PrescriptionSubmittedV1
from common.contracts.enums import ProductCategory, Role
from common.contracts.identity import PatientErasedV1
from common.ids import new_id
from common.testing import eventually
from common.testing.keys import actor

PRESCRIPTION = (Path(__file__).parents[4] / "samples" / "ordonnance.pdf").read_bytes()


def submitted(document: dict[str, Any], patient: Actor) -> PrescriptionSubmittedV1:
    return PrescriptionSubmittedV1(
        prescription_id=new_id(),
        patient_id=patient.patient_id,
        document_id=UUID(document["id"]),
        prescriber_id=None,
        product_category=ProductCategory.MANUAL_WHEELCHAIR,
    )


async def test_an_erasure_deletes_what_no_duty_keeps_once_and_whatever_is_heard_first(
    working_desk: Any, patient: Actor
) -> None:
    desk, officer, stranger = working_desk, actor(Role.COMPLIANCE_ADMIN), actor(Role.PATIENT)
    loose, card, known, late = [
        await desk.scanned(patient, documentType=kind) for kind in ("OTHER", "ID_CARD", "PRESCRIPTION", "PRESCRIPTION")
    ]
    foreign = await desk.scanned(stranger, documentType="OTHER")
    await desk.running.publish(submitted(known, patient))
    internal = f"/patients/{patient.patient_id}/documents"
    asked = {"userId": str(patient.user_id)}

    async def held() -> dict[str, Any]:
        async with desk.running.internal("identity") as client:
            found = (await client.get(internal, params=asked)).raise_for_status().json()
        return {each["id"]: each["keptBecause"] for each in found}

    standing = await eventually(held, until=lambda found: found[known["id"]] is not None)
    assert {key for key, reason in standing.items() if reason is None} == {loose["id"], card["id"], late["id"]}
    # The word that `late` was submitted comes after the erasure, which was decided in the knowledge of it.
    erased = PatientErasedV1(
        patient_id=patient.patient_id, user_id=patient.user_id, kept_document_ids=(UUID(late["id"]),)
    )
    await desk.running.publish_raw("IDENTITY", PatientErasedV1.subject(), b"\xff")
    await desk.running.publish(erased, times=2)
    await desk.running.publish(submitted(late, patient))

    async def seen() -> set[str]:
        return set(await held())

    assert await eventually(seen, until=lambda found: loose["id"] not in found) == {known["id"], late["id"]}
    assert sorted(map(str, await desk.audited("document.erase"))) == sorted((loose["id"], card["id"]))
    assert {str(event.subject) for event in await desk.running.recorded("document.deleted")} == {
        loose["id"],
        card["id"],
    }
    for document, status in ((loose, 404), (card, 404), (known, 200), (late, 200), (foreign, 200)):
        assert await desk.status(officer, "GET", f"/documents/{document['id']}") == status
    texts = "SELECT count(*) FROM documents WHERE patient_id = $1 AND deleted_at IS NULL AND metadata->>'source' > ''"
    assert await desk.running.resources.database.reads.fetchval(texts, patient.patient_id) == 0
    [letter] = await desk.running.dead_letters()
    assert (letter["consumer"], letter["reason"]) == ("documents-erasures", "invalid")


async def test_what_was_read_of_a_kept_document_does_not_come_back_with_its_job(
    working_desk: Any, patient: Actor
) -> None:
    desk, officer = working_desk, actor(Role.COMPLIANCE_ADMIN)
    document = await desk.scanned(patient, PRESCRIPTION)

    async def proposed() -> list[dict[str, Any]]:
        found = await desk.read(officer, document["id"])
        return found["metadata"]["proposals"] if found["metadata"] else []

    await eventually(proposed)
    erased = PatientErasedV1(
        patient_id=patient.patient_id, user_id=patient.user_id, kept_document_ids=(UUID(document["id"]),)
    )
    await desk.running.publish(erased)
    await eventually(proposed, until=lambda found: not found)
    assert await desk.running.republish_jobs() == 2
    assert await proposed() == []


async def test_only_identity_asks_what_keeps_a_patients_documents(desk: Any, patient: Actor) -> None:
    path = f"/patients/{patient.patient_id}/documents"
    for caller, status in (("cases", 403), ("billing", 403), ("identity", 200)):
        async with desk.running.internal(caller) as client:
            assert (await client.get(path, params={"userId": str(patient.user_id)})).status_code == status
