"""Rules about documents: whose they are, where they lie, what keeps them from being deleted."""

import secrets
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Literal
from uuid import UUID

from common.contracts.enums import DocumentType, Role, ScanStatus

_QUARANTINE = "quarantine/"


class OwnerType(StrEnum):
    """In what capacity the owner put it there: PATIENT is the patient, or a proxy for them."""

    PATIENT = "PATIENT"
    PRESCRIBER = "PRESCRIBER"
    STAFF = "STAFF"


class Bucket(StrEnum):
    """The buckets of section 8.1 that hold documents."""

    DOCUMENTS = "documents"
    GENERATED = "generated"
    SIGNATURES = "signatures"

    value: Literal["documents", "generated", "signatures"]


_PROOFS = frozenset({DocumentType.QUOTE_PDF, DocumentType.DELIVERY_PROOF})


def needs_consent(document_type: DocumentType, role: Role) -> bool:
    """Whether a patient's document is taken in only while they consent to the use of their health data.

    Proof of what was agreed to and handed over before is taken in anyway, and what a technician signs off: a chair is
    repaired all the same.
    """
    return document_type not in _PROOFS and role is not Role.TECHNICIAN


def new_storage_key() -> str:
    """A key that tells nothing: not whose the object is, nor what, nor when it came."""
    return secrets.token_hex(20)


PART_BYTES: Final = 8 * 1024 * 1024
"""What an upload in parts is cut into; S3 takes no less than 5 MiB but for the last."""


def part_sizes(size_bytes: int) -> list[int]:
    """The sizes of the parts of an upload, in order."""
    whole, rest = divmod(size_bytes, PART_BYTES)
    return [PART_BYTES] * whole + [rest] * (rest > 0)


def quarantine_key(storage_key: str) -> str:
    """Where an infected object is kept away from every link that was ever given out."""
    return _QUARANTINE + storage_key


def original_key(storage_key: str) -> str:
    """The key a quarantined object had before."""
    return storage_key.removeprefix(_QUARANTINE)


def bucket_of(document_type: DocumentType, mime_type: str, role: Role) -> Bucket:
    """Where an upload goes: a picture drawn at a delivery or a visit, on a technician's screen, is a signature."""
    at_a_visit = role is Role.TECHNICIAN
    at_a_delivery = role is Role.OPS and document_type is DocumentType.DELIVERY_PROOF
    drawn = mime_type == "image/png" and (at_a_visit or at_a_delivery)
    return Bucket.SIGNATURES if drawn else Bucket.DOCUMENTS


class Hold(StrEnum):
    """Why a document may not be deleted; the value is the error code."""

    LEGAL = "DOC_HELD_BY_LEGAL_HOLD"
    CASE = "DOC_HELD_BY_CASE"
    RETENTION = "DOC_HELD_BY_RETENTION"


_OF_THE_RELATIONSHIP = frozenset({DocumentType.ID_CARD, DocumentType.CARTE_VITALE, DocumentType.PROOF_OF_ADDRESS})


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known of a document when somebody wants to delete it."""

    document_type: DocumentType
    scan_status: ScanStatus
    uploaded: bool
    case_id: UUID | None
    of_prescription: bool
    """A prescription was submitted with it."""
    patient_has_case: bool
    legal_hold: bool

    def hold(self) -> Hold | None:
        """What forbids deletion, if anything: a legal hold, a case, or the duty to keep (section 8.3).

        Identity documents are kept as long as the relationship with the patient, which a case establishes. What never
        arrived or is infected is of use to nobody.
        """
        if self.legal_hold:
            return Hold.LEGAL
        if not self.uploaded or self.scan_status is ScanStatus.INFECTED:
            return None
        if self.case_id is not None or self.of_prescription:
            return Hold.CASE
        if self.patient_has_case and self.document_type in _OF_THE_RELATIONSHIP:
            return Hold.RETENTION
        return None
