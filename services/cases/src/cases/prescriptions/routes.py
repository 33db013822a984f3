"""`/prescriptions`."""

from typing import Annotated, Any
from uuid import UUID

from common.crypto import Cipher
from common.http import CurrentActor, Cursor, Limit, Page, RequestSession, api_router, page_of
from common.http.pages import DEFAULT_LIMIT
from fastapi import Query

from cases.dependencies import OurResources
from cases.prescriptions import policies, repository, service
from cases.prescriptions.domain import VerificationStatus
from cases.prescriptions.models import Prescription
from cases.prescriptions.schemas import NewPrescription, PrescriptionBody, PrescriptionItem, Verification
from cases.reading import note_read

router = api_router("prescriptions")


def _body(prescription: Prescription, cipher: Cipher) -> PrescriptionBody:
    notes = service.clinical_notes(prescription, cipher)
    item = PrescriptionItem.model_validate(prescription)
    return PrescriptionBody(**item.model_dump(), clinical_notes=notes)


@router.post("/prescriptions", status_code=201)
async def submit_prescription(
    body: NewPrescription, actor: CurrentActor, session: RequestSession, resources: OurResources
) -> PrescriptionBody:
    """Submit a prescription with its document, which has been scanned clean."""
    made = await service.submit(session, resources.services, resources.cipher, actor, body)
    return _body(made, resources.cipher)


@router.get("/prescriptions", response_model=Page[PrescriptionItem])
async def list_prescriptions(
    actor: CurrentActor,
    session: RequestSession,
    cursor: Cursor,
    limit: Limit = DEFAULT_LIMIT,
    patient_id: Annotated[UUID | None, Query(alias="patientId")] = None,
    verification_status: Annotated[VerificationStatus | None, Query(alias="verificationStatus")] = None,
) -> dict[str, Any]:
    """List prescriptions, newest first."""
    policies.may_read_some(actor)
    found = await repository.prescriptions(
        session, actor, cursor, limit, patient_id=patient_id, verification_status=verification_status
    )
    note_read(session, actor, "prescription.list", "User", actor.user_id)
    return page_of(found, limit)


@router.get("/prescriptions/{prescription_id}")
async def read_prescription(
    prescription_id: UUID, actor: CurrentActor, session: RequestSession, resources: OurResources
) -> PrescriptionBody:
    """One prescription, with its clinical notes."""
    return _body(await service.read(session, actor, prescription_id), resources.cipher)


@router.post("/prescriptions/{prescription_id}/verify")
async def verify_prescription(
    prescription_id: UUID, body: Verification, actor: CurrentActor, session: RequestSession, resources: OurResources
) -> PrescriptionBody:
    """Accept or reject a prescription."""
    return _body(await service.verify(session, actor, prescription_id, body), resources.cipher)
