"""Use cases of prescriptions."""

from uuid import UUID

from common import audit, consents
from common.auth import Actor
from common.clock import now, today
from common.contracts.cases import PrescriptionRejectedV1, PrescriptionSubmittedV1, PrescriptionVerifiedV1
from common.contracts.enums import DocumentType
from common.crypto import Cipher
from common.db.constraints import flush_or_refuse
from common.errors import BrokenRule, Conflict, Detail, NotFound
from common.events import outbox
from common.http.client import ServiceClient
from common.ids import new_id
from sqlalchemy.ext.asyncio import AsyncSession

from cases.cases import repository as cases
from cases.cases.service import set_points
from cases.documents.service import UNKNOWN, fetch_document, require_usable
from cases.prescriptions import policies, repository
from cases.prescriptions.domain import VerificationStatus
from cases.prescriptions.models import Prescription
from cases.prescriptions.schemas import NewPrescription, Verification
from cases.reading import note_read

_REFUSALS = {
    "uq_prescriptions_document_id": Conflict(
        "This document belongs to a prescription already", code="BIZ_DOCUMENT_HAS_PRESCRIPTION"
    )
}


async def submit(
    session: AsyncSession, services: ServiceClient, cipher: Cipher, actor: Actor, new: NewPrescription
) -> Prescription:
    """Take in a prescription, once its document is known to be the patient's, clean and a prescription."""
    prescriber_id = policies.may_submit(actor, new.patient_id, new.prescriber_id)
    document = await fetch_document(services, new.document_id)
    if not document.concerns(new.patient_id, actor.user_id) or not policies.may_use(actor, new.patient_id, document):
        raise UNKNOWN
    require_usable(document, DocumentType.PRESCRIPTION, "documentId")
    await consents.require(session, new.patient_id)
    if new.prescription_date > today():
        detail = Detail("prescriptionDate", "IN_FUTURE", "the day has not come yet")
        raise BrokenRule("A prescription is not dated ahead", code="BIZ_PRESCRIPTION_IN_FUTURE", details=[detail])
    prescription = Prescription(
        id=new_id(), **new.model_dump(exclude={"clinical_notes", "prescriber_id"}), prescriber_id=prescriber_id
    )
    if new.clinical_notes is not None:
        prescription.clinical_notes = cipher.encrypt(new.clinical_notes, prescription.notes_cell)
    session.add(prescription)
    await flush_or_refuse(session, _REFUSALS)
    event = PrescriptionSubmittedV1(
        prescription_id=prescription.id,
        patient_id=prescription.patient_id,
        document_id=prescription.document_id,
        prescriber_id=prescription.prescriber_id,
        product_category=prescription.product_category,
    )
    outbox.record(session, event, of=prescription)
    audit.record(session, "cases", "prescription.submit", "Prescription", prescription.id)
    return prescription


async def read(session: AsyncSession, actor: Actor, prescription_id: UUID) -> Prescription:
    """One prescription; `NotFound` when the actor may not know of it, `Forbidden` for those who read none.

    Reading by staff is audited.
    """
    prescription = await repository.prescription(session, actor, prescription_id)
    if prescription is None:
        policies.may_read_some(actor)
        raise NotFound("Prescription")
    note_read(session, actor, "prescription.read", "Prescription", prescription.id)
    return prescription


async def verify(session: AsyncSession, actor: Actor, prescription_id: UUID, given: Verification) -> Prescription:
    """Accept or reject a prescription, once; `Conflict` when that has been decided already."""
    policies.may_verify(actor)
    prescription = await repository.prescription(session, actor, prescription_id, lock=True)
    if prescription is None:
        raise NotFound("Prescription")
    if prescription.verification_status is not VerificationStatus.PENDING:
        raise Conflict(f"The prescription is {prescription.verification_status}", code="BIZ_PRESCRIPTION_DECIDED")
    prescription.verification_status = given.decision
    prescription.verified_by = actor.user_id
    prescription.verified_at = now()
    prescription.rejection_reason = given.reason if given.decision is VerificationStatus.REJECTED else None
    case = await cases.locked_of_prescription(session, prescription.id)
    verified = given.decision is VerificationStatus.VERIFIED
    decided = PrescriptionVerifiedV1 if verified else PrescriptionRejectedV1
    event = decided(
        prescription_id=prescription.id,
        patient_id=prescription.patient_id,
        document_id=prescription.document_id,
        prescriber_id=prescription.prescriber_id,
        case_id=case.id if case is not None else None,
    )
    outbox.record(session, event, of=prescription)
    changes = audit.changed({"verificationStatus": "PENDING"}, {"verificationStatus": given.decision.value})
    audit.record(session, "cases", "prescription.verify", "Prescription", prescription.id, changes)
    if case is not None and verified:
        await set_points(session, case, {"prescriptionVerified": True})
    await session.flush()
    return prescription


def clinical_notes(prescription: Prescription, cipher: Cipher) -> str | None:
    """The notes in clear."""
    if prescription.clinical_notes is None:
        return None
    return cipher.decrypt(prescription.clinical_notes, prescription.notes_cell)
