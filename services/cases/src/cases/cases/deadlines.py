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
    # as long as the longest delay after which the fund's silence is agreement
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

AWAITING_FUND = frozenset({_S.SUBMITTED_TO_CPAM, _S.CPAM_PENDING})
"""The claim is out, and the fund has not answered."""

REQUIRED: tuple[tuple[DocumentType, str], ...] = (
    (DocumentType.ID_CARD, "idVerified"),
    (DocumentType.CARTE_VITALE, "carteVitaleVerified"),
    (DocumentType.PROOF_OF_ADDRESS, "addressVerified"),
)
"""Documents a case needs beside its prescription, each with the checklist point that settles it."""

CLAIM_DELAY = timedelta(minutes=5)
"""Billing drafts the claim of an approved quote at once; after this, somebody has to look."""

AWAITING_CLAIM = frozenset({_S.PATIENT_APPROVAL_PENDING, _S.READY_TO_SUBMIT})
"""Where a case may have an approved quote whose claim is not out; elsewhere none is waited for."""

AT_RISK = 4
"""A deadline is at risk in the last quarter of its time."""


def deadline(
    status: CaseStatus, priority: Priority, since: datetime, agreement_by: datetime | None = None
) -> datetime | None:
    """By when a case that entered `status` at `since` should have left it.

    While the fund considers a prior agreement, that is when its silence becomes one.
    """
    if status is CaseStatus.CPAM_PENDING and agreement_by is not None:
        return agreement_by
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
    AGREED_BY_SILENCE = "AGREED_BY_SILENCE"
    RENEWAL_TOO_EARLY = "RENEWAL_TOO_EARLY"
    RENEWAL_DEPENDS_ON_AGE = "RENEWAL_DEPENDS_ON_AGE"


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
    claim_due: datetime | None = None
    """By when the claim of the approved quote should be drafted; None when it is, or none is waited for."""
    agreement_by: datetime | None = None
    renewable: datetime | None = None
    """From when the patient's last device of this kind may be renewed; None where there is none."""
    renewable_under_16: datetime | None = None
    """The same for a patient under 16."""
    patient_under_16: bool | None = None
    """None where it is not known: then only what holds at any age is sure."""


def flags(seen: Observed, now: datetime) -> list[Flag]:
    """What is missing, expired, too early, late or about to be late, or waits for somebody, in that order."""
    found = _of_papers(seen, now) if seen.status in PREPARING else []
    if seen.sla_deadline is not None:
        if seen.sla_deadline < now:
            found.append(Flag(FlagCode.SLA_OVERDUE))
        elif seen.sla_deadline - (seen.sla_deadline - seen.status_since) / AT_RISK < now:
            found.append(Flag(FlagCode.SLA_AT_RISK))
    if seen.claim_due is not None and seen.claim_due < now:
        found.append(Flag(FlagCode.CLAIM_MISSING))
    if seen.status in AWAITING_FUND and seen.agreement_by is not None and seen.agreement_by < now:
        found.append(Flag(FlagCode.AGREED_BY_SILENCE))
    return found


def _of_papers(seen: Observed, now: datetime) -> list[Flag]:
    """The flags of what may still be put right before the claim goes out."""
    found = [
        Flag(FlagCode.DOCUMENT_MISSING, kind)
        for kind, point in REQUIRED
        if kind not in seen.documents and not seen.checklist.get(point, False)
    ]
    if seen.prescription_expired:
        found.append(Flag(FlagCode.DOCUMENT_EXPIRED, DocumentType.PRESCRIPTION))
    if (renewal := _of_renewal(seen, now)) is not None:
        found.append(Flag(renewal))
    return found


def _of_renewal(seen: Observed, now: datetime) -> FlagCode | None:
    if seen.renewable is None or seen.renewable_under_16 is None:
        return None
    early, early_under_16 = now < seen.renewable, now < seen.renewable_under_16
    if seen.patient_under_16 is None and early is not early_under_16:
        return FlagCode.RENEWAL_DEPENDS_ON_AGE
    return FlagCode.RENEWAL_TOO_EARLY if (early_under_16 if seen.patient_under_16 else early) else None
