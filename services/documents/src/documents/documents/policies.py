"""Who may do what with documents: the matrix's `document:upload` and `document:read`."""

from dataclasses import dataclass
from uuid import UUID

from common.auth import Actor, Permission, require
from common.auth.permissions import Scope
from common.contracts.enums import DocumentType, Role
from common.errors import BrokenRule, Detail, Forbidden, InvalidInput, NotFound

from documents.access.domain import CaseSeen
from documents.documents.domain import OwnerType
from documents.documents.models import Document


@dataclass(frozen=True, slots=True)
class Placement:
    """Whose a new document becomes."""

    owner_type: OwnerType
    patient_id: UUID | None
    case_id: UUID | None


def may_upload(actor: Actor, document_type: DocumentType) -> Scope:
    """`Forbidden` where the matrix says No; a quote's PDF is ours to make, only OPS may add one (signed on paper)."""
    scope = require(actor, Permission.DOCUMENT_UPLOAD)
    if document_type is DocumentType.QUOTE_PDF and scope is not Scope.ALL:
        raise Forbidden
    return scope


def may_name_case(actor: Actor, document_type: DocumentType, case: CaseSeen) -> bool:
    """Whether the actor may add a document of this type to the case.

    A technician adds to the cases of their tickets, and a proof of delivery, before there is any ticket, to any.
    """
    if actor.role is Role.OPS or case.patient_id in actor.patients:
        return True
    if actor.role is Role.PRESCRIBER:
        return actor.prescriber_id is not None and case.prescriber_id == actor.prescriber_id
    if actor.role is Role.TECHNICIAN:
        return case.assigned or document_type is DocumentType.DELIVERY_PROOF
    return False


def placement(actor: Actor, document_type: DocumentType, patient_id: UUID | None, case: CaseSeen | None) -> Placement:
    """Whose the document becomes; `NotFound` for a case or patient who is none of the actor's business.

    Without a patient named it is the case's, else the uploading patient's own, else nobody's yet.
    """
    may_upload(actor, document_type)
    if case is not None:
        if not may_name_case(actor, document_type, case):
            raise NotFound("Case")
        if patient_id not in {None, case.patient_id}:
            detail = Detail("patientId", "NOT_OF_CASE", "the case is another patient's")
            raise BrokenRule("The case is another patient's", code="DOC_CASE_OF_ANOTHER_PATIENT", details=[detail])
        patient_id = case.patient_id
    elif patient_id is None and actor.role is Role.PATIENT:
        patient_id = actor.patient_id
    return Placement(_owner_type(actor, patient_id, case), patient_id, case.case_id if case else None)


def _owner_type(actor: Actor, patient_id: UUID | None, case: CaseSeen | None) -> OwnerType:
    if patient_id in actor.patients:
        return OwnerType.PATIENT
    if actor.role is Role.PRESCRIBER:
        return OwnerType.PRESCRIBER
    if actor.role is Role.OPS or (actor.role is Role.TECHNICIAN and (patient_id is None or case is not None)):
        return OwnerType.STAFF
    if patient_id is None:
        detail = Detail("patientId", "MISSING", "say which patient you act for")
        raise InvalidInput("Say which patient the document is for", details=[detail])
    raise NotFound("Patient")


def may_complete(actor: Actor, document: Document) -> None:
    """`Forbidden` to all but the uploader."""
    if document.owner_id != actor.user_id:
        raise Forbidden


def may_delete(actor: Actor, document: Document) -> None:
    """`Forbidden` to all but the owner (whoever uploaded it, or the patient it was uploaded as) and OPS."""
    of_patient = document.owner_type is OwnerType.PATIENT and document.patient_id in actor.patients
    if actor.role is not Role.OPS and document.owner_id != actor.user_id and not of_patient:
        raise Forbidden
