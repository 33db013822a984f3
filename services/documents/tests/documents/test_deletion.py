"""Deleting documents, and what forbids it."""

from typing import Any
from uuid import UUID

import pytest
from common.auth import Actor
from common.contracts.cases import CaseOpenedV1, PrescriptionSubmittedV1
from common.contracts.enums import DocumentType, Priority, ProductCategory, Role, ScanStatus
from common.ids import new_id
from common.testing import eventually
from common.testing.keys import actor
from documents.documents.domain import Hold, Standing


def standing(**changes: Any) -> Standing:
    given = {
        "document_type": DocumentType.OTHER,
        "scan_status": ScanStatus.CLEAN,
        "uploaded": True,
        "case_id": None,
        "of_prescription": False,
        "patient_has_case": False,
        "legal_hold": False,
        **changes,
    }
    return Standing(**given)


@pytest.mark.parametrize(
    ("changes", "hold"),
    [
        ({}, None),
        ({"case_id": new_id()}, Hold.CASE),
        ({"of_prescription": True}, Hold.CASE),
        ({"legal_hold": True, "uploaded": False, "scan_status": ScanStatus.PENDING}, Hold.LEGAL),
        ({"document_type": DocumentType.ID_CARD}, None),
        ({"patient_has_case": True}, None),
        ({"document_type": DocumentType.ID_CARD, "patient_has_case": True}, Hold.RETENTION),
        ({"document_type": DocumentType.CARTE_VITALE, "patient_has_case": True}, Hold.RETENTION),
        ({"case_id": new_id(), "scan_status": ScanStatus.INFECTED}, None),
        ({"case_id": new_id(), "uploaded": False, "scan_status": ScanStatus.PENDING}, None),
        ({"case_id": new_id(), "scan_status": ScanStatus.PENDING}, Hold.CASE),
    ],
)
def test_what_holds_a_document(changes: dict[str, Any], hold: Hold | None) -> None:
    assert standing(**changes).hold() is hold


async def test_a_deleted_document_is_gone_for_everybody_and_its_hash_stays(
    desk: Any, patient: Actor, ops: Actor
) -> None:
    document = await desk.upload(patient)
    path = f"/documents/{document['id']}"
    assert await desk.status(patient, "DELETE", path) == 204
    for by in (patient, ops):
        for method, suffix in (("GET", ""), ("GET", "/download"), ("POST", "/complete"), ("DELETE", "")):
            assert await desk.status(by, method, path + suffix) == 404
    async with desk.running.client(ops) as client:
        assert (await client.get("/documents")).json()["items"] == []
    async with desk.running.internal("cases") as internal:
        assert (await internal.get(path)).status_code == 404
    [event] = await desk.running.recorded("document.deleted")
    assert event.data["documentId"] == document["id"]
    assert [str(found) for found in await desk.audited("document.delete")] == [document["id"]]
    kept = await desk.running.resources.database.reads.fetchval(
        "SELECT sha256_hash FROM documents WHERE id = $1", UUID(document["id"])
    )
    assert kept == document["sha256Hash"]


async def test_the_owner_and_ops_delete_and_nobody_else(desk: Any, patient: Actor, ops: Actor) -> None:
    prescriber = actor(Role.PRESCRIBER)
    friend = actor(Role.PATIENT, proxy_for=frozenset({patient.patient_id}))  # type: ignore[arg-type]

    async def deleting(uploader: Actor, by: Actor, **changes: Any) -> int:
        document = await desk.upload(uploader, **changes)
        status: int = await desk.status(by, "DELETE", f"/documents/{document['id']}")
        return status

    assert await deleting(patient, patient) == 204
    assert await deleting(patient, ops) == 204
    assert await deleting(patient, friend) == 204
    assert await deleting(friend, patient, patientId=str(patient.patient_id)) == 204
    assert await deleting(patient, actor(Role.BILLING)) == 403
    assert await deleting(patient, actor(Role.COMPLIANCE_ADMIN)) == 403
    assert await deleting(patient, actor(Role.PATIENT)) == 404
    assert await deleting(prescriber, patient, patientId=str(patient.patient_id)) == 403
    assert await deleting(prescriber, prescriber, patientId=str(patient.patient_id)) == 204


async def test_a_case_a_prescription_and_the_duty_to_keep_hold_documents(
    working_desk: Any, patient: Actor, ops: Actor
) -> None:
    desk = working_desk
    prescription = await desk.upload(patient)
    rejected = await desk.upload(patient)
    identity_card = await desk.upload(patient, documentType="ID_CARD")
    letter = await desk.upload(patient, documentType="OTHER")
    submitted = PrescriptionSubmittedV1(
        prescription_id=new_id(),
        patient_id=patient.patient_id,
        document_id=rejected["id"],
        prescriber_id=None,
        product_category=ProductCategory.MANUAL_WHEELCHAIR,
    )
    case = CaseOpenedV1(
        case_id=new_id(),
        patient_id=patient.patient_id,
        case_number="AX-2026-000001",
        prescription_id=new_id(),
        prescription_document_id=prescription["id"],
        prescriber_id=None,
        priority=Priority.NORMAL,
    )
    await desk.running.publish(submitted)
    await desk.running.publish(case)
    await eventually(lambda: desk.read(patient, prescription["id"]), until=lambda found: found["caseId"] is not None)

    async def refused(document: dict[str, Any]) -> tuple[int, str]:
        async with desk.running.client(ops) as client:
            answer = await client.delete(f"/documents/{document['id']}")
        return answer.status_code, answer.json()["error"]["code"]

    assert await refused(prescription) == (422, "DOC_HELD_BY_CASE")
    assert await refused(rejected) == (422, "DOC_HELD_BY_CASE")
    assert await refused(identity_card) == (422, "DOC_HELD_BY_RETENTION")
    assert await desk.status(patient, "DELETE", f"/documents/{letter['id']}") == 204
