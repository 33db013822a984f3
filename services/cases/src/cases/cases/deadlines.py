"""Deadlines of each state, and the flags that tell staff what to look at: pure rules."""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from common.contracts.enums import CaseStatus, DocumentType, Priority

_S = CaseStatus

DAYS: dict[CaseStatus, tuple[int, int]] = {
    # how long a case may stay: (normal, urgent), in days
    _S.INTAKE_RECEIVED: (2, 1),
    _S.DOCUMENTS_PENDING: (10, 5),
    _S.DOCUMENTS_COMPLETE: (2, 1),
    _S.UNDER_REVIEW: (3, 1),
    _S.QUOTE_PENDING: (3, 1),
    _S.QUOTE_READY: (2, 1),
    _S.PATIENT_APPROVAL_PENDING: (15, 7),
    _S.READY_TO_SUBMIT: (2, 1),
    _S.SUBMITTED_TO_CPAM: (5, 3),
    # the silence of the fund is agreement after two months
    _S.CPAM_PENDING: (62, 62),
    _S.CPAM_REJECTED: (5, 2),
    _S.CPAM_APPROVED: (7, 3),
    _S.DELIVERY_SCHEDULED: (15, 7),
}
"""States that wait for nothing have no deadline."""

PREPARING = frozenset(
    {
        _S.INTAKE_RECEIVED,
        _S.DOCUMENTS_PENDING,
        _S.DOCUMENTS_COMPLETE,
        _S.UNDER_REVIEW,
        _S.QUOTE_PENDING,
        _S.QUOTE_READY,
        _S.PATIENT_APPROVAL_PENDING,
        _S.READY_TO_SUBMIT,
    }
)
"""Before the claim goes out: what is missing can still be added."""

REQUIRED: tuple[tuple[DocumentType, str], ...] = (
    (DocumentType.ID_CARD, "idVerified"),
    (DocumentType.CARTE_VITALE, "carteVitaleVerified"),
    (DocumentType.PROOF_OF_ADDRESS, "addressVerified"),
)
"""Documents a case needs beside its prescription, each with the checklist point that settles it."""

CLAIM_DUE = timedelta(minutes=5)
"""Billing drafts the claim at once; after this, somebody has to look."""

AT_RISK = 4
"""A deadline is at risk in the last quarter of its time."""


def deadline(status: CaseStatus, priority: Priority, since: datetime) -> datetime | None:
    """By when a case that entered `status` at `since` should have left it."""
    days = DAYS.get(status)
    if days is None:
        return None
    return since + timedelta(days=days[priority is Priority.URGENT])


class FlagCode(StrEnum):
    DOCUMENT_MISSING = "DOCUMENT_MISSING"
    DOCUMENT_EXPIRED = "DOCUMENT_EXPIRED"
    SLA_AT_RISK = "SLA_AT_RISK"
    SLA_OVERDUE = "SLA_OVERDUE"
    CLAIM_MISSING = "CLAIM_MISSING"


@dataclass(frozen=True, slots=True)
class Flag:
    """Something about a case to look at; `document_type` for the flags about documents."""

    code: FlagCode
    document_type: DocumentType | None = None


@dataclass(frozen=True, slots=True)
class Observed:
    """What the flags of a case depend on."""

    status: CaseStatus
    status_since: datetime
    sla_deadline: datetime | None
    checklist: dict[str, bool]
    documents: AbstractSet[DocumentType]
    """Types of its clean documents."""
    prescription_expired: bool
    has_claim: bool


def flags(seen: Observed, now: datetime) -> list[Flag]:
    """What is missing, expired, late or about to be late, in that order."""
    found: list[Flag] = []
    if seen.status in PREPARING:
        found += [
            Flag(FlagCode.DOCUMENT_MISSING, kind)
            for kind, point in REQUIRED
            if kind not in seen.documents and not seen.checklist.get(point, False)
        ]
        if seen.prescription_expired:
            found.append(Flag(FlagCode.DOCUMENT_EXPIRED, DocumentType.PRESCRIPTION))
    if seen.sla_deadline is not None:
        if seen.sla_deadline < now:
            found.append(Flag(FlagCode.SLA_OVERDUE))
        elif seen.sla_deadline - (seen.sla_deadline - seen.status_since) / AT_RISK < now:
            found.append(Flag(FlagCode.SLA_AT_RISK))
    if seen.status is CaseStatus.READY_TO_SUBMIT and not seen.has_claim and seen.status_since + CLAIM_DUE < now:
        found.append(Flag(FlagCode.CLAIM_MISSING))
    return found
