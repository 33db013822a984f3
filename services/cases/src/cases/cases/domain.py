"""The state machine of a case: one table of who may move it, from where, on what event, after which checks."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from common.contracts.enums import CaseStatus, ClaimStatus

_S = CaseStatus

CHECKLIST = (
    "idVerified",
    "carteVitaleVerified",
    "prescriptionVerified",
    "addressVerified",
    "productSelected",
    "quoteGenerated",
    "patientApproved",
)
AUTOMATIC = frozenset({"prescriptionVerified", "productSelected", "quoteGenerated", "patientApproved"})
"""The points that set themselves; staff set the others."""
PAPERS = ("idVerified", "carteVitaleVerified", "prescriptionVerified", "addressVerified")


class Party(StrEnum):
    """In what capacity somebody moves a case by hand."""

    OPS = "OPS"
    BILLING = "BILLING"
    PATIENT = "PATIENT"


class Fact(StrEnum):
    """What happened that may move a case by itself."""

    CHECKED = "a checklist point set"
    QUOTE_DRAFTED = "quote drafted"
    QUOTE_SENT = "quote sent"
    QUOTE_APPROVED = "quote approved"
    QUOTE_REJECTED = "quote rejected"
    CLAIM_SUBMITTED = "claim submitted"
    CLAIM_RESUBMITTED = "claim resubmitted"
    CLAIM_PENDING = "claim pending"
    CLAIM_ACCEPTED = "claim accepted"
    CLAIM_REJECTED = "claim rejected"
    DELIVERY_SCHEDULED = "delivery scheduled"
    DELIVERY_COMPLETED = "delivery completed"
    CONTRACT_ACTIVATED = "contract activated"


CLAIM_FACTS: dict[ClaimStatus, Fact] = {
    ClaimStatus.SUBMITTED: Fact.CLAIM_SUBMITTED,
    ClaimStatus.RESUBMITTED: Fact.CLAIM_RESUBMITTED,
    ClaimStatus.PENDING: Fact.CLAIM_PENDING,
    ClaimStatus.ACCEPTED: Fact.CLAIM_ACCEPTED,
    ClaimStatus.REJECTED: Fact.CLAIM_REJECTED,
    # What is paid was accepted, whether or not that was told before.
    ClaimStatus.PARTIAL_PAYMENT: Fact.CLAIM_ACCEPTED,
    ClaimStatus.PAID: Fact.CLAIM_ACCEPTED,
}
"""What the state of a claim means for its case; the others mean nothing."""


@dataclass(frozen=True, slots=True)
class Situation:
    """What the checks look at."""

    checklist: Mapping[str, bool]
    quote_drafted: bool = False
    quote_sent: bool = False
    quote_approved: bool = False
    delivery_scheduled: bool = False
    delivered: bool = False


@dataclass(frozen=True, slots=True)
class Missing:
    """One thing a move waits for: where to look, and what to say."""

    field: str
    message: str


Check = Callable[[Situation], list[Missing]]


def missing_points(situation: Situation, points: tuple[str, ...]) -> list[Missing]:
    """The checklist points not set yet."""
    return [
        Missing(f"checklistState.{point}", "not done") for point in points if not situation.checklist.get(point, False)
    ]


def papers_verified(situation: Situation) -> list[Missing]:
    """Identity, Carte Vitale, prescription and address are verified."""
    return missing_points(situation, PAPERS)


def quote_is_drafted(situation: Situation) -> list[Missing]:
    """The latest quote is a draft."""
    return [] if situation.quote_drafted else [Missing("quotes", "no quote is drafted")]


def quote_is_sent(situation: Situation) -> list[Missing]:
    """The latest quote awaits the patient's approval."""
    return [] if situation.quote_sent else [Missing("quotes", "no quote awaits approval")]


def ready_to_submit(situation: Situation) -> list[Missing]:
    """The latest quote is approved, and all seven points are set."""
    quote = [] if situation.quote_approved else [Missing("quotes", "no quote is approved")]
    return quote + missing_points(situation, CHECKLIST)


def delivery_is_scheduled(situation: Situation) -> list[Missing]:
    """A delivery has its date."""
    return [] if situation.delivery_scheduled else [Missing("deliveryScheduledAt", "no delivery is scheduled")]


def delivery_is_recorded(situation: Situation) -> list[Missing]:
    """The handover is recorded with serial numbers and proof."""
    return [] if situation.delivered else [Missing("deliveredAt", "no delivery is recorded")]


@dataclass(frozen=True, slots=True)
class Move:
    """One row of the table. OPS may make every move by hand; `by` names who else may."""

    origin: CaseStatus
    target: CaseStatus
    by: frozenset[Party] = frozenset({Party.OPS})
    on: frozenset[Fact] = frozenset()
    check: Check | None = None

    def missing(self, situation: Situation) -> list[Missing]:
        """What the move still waits for; empty when it may be made."""
        return self.check(situation) if self.check else []


_BILLING = frozenset({Party.OPS, Party.BILLING})
_PATIENT = frozenset({Party.OPS, Party.PATIENT})
_ONWARD = frozenset({Fact.CLAIM_PENDING, Fact.CLAIM_ACCEPTED, Fact.CLAIM_REJECTED})
"""What cannot be unless the claim was submitted: an event that overtook another leads through the same states."""


def _on(*facts: Fact) -> frozenset[Fact]:
    return frozenset(facts)


MOVES: tuple[Move, ...] = (
    Move(_S.INTAKE_RECEIVED, _S.DOCUMENTS_PENDING),
    Move(_S.INTAKE_RECEIVED, _S.DOCUMENTS_COMPLETE),
    Move(_S.INTAKE_RECEIVED, _S.CANCELLED, _PATIENT),
    Move(_S.DOCUMENTS_PENDING, _S.DOCUMENTS_COMPLETE),
    Move(_S.DOCUMENTS_PENDING, _S.CANCELLED, _PATIENT),
    Move(_S.DOCUMENTS_COMPLETE, _S.UNDER_REVIEW),
    Move(_S.DOCUMENTS_COMPLETE, _S.DOCUMENTS_PENDING),
    Move(_S.DOCUMENTS_COMPLETE, _S.CANCELLED, _PATIENT),
    Move(_S.UNDER_REVIEW, _S.QUOTE_PENDING, on=_on(Fact.CHECKED, Fact.QUOTE_DRAFTED), check=papers_verified),
    Move(_S.UNDER_REVIEW, _S.DOCUMENTS_PENDING),
    Move(_S.UNDER_REVIEW, _S.CANCELLED, _PATIENT),
    # A quote drafted ahead, while papers were being verified, makes the case ready as soon as they are.
    Move(_S.QUOTE_PENDING, _S.QUOTE_READY, on=_on(Fact.QUOTE_DRAFTED, Fact.CHECKED), check=quote_is_drafted),
    Move(_S.QUOTE_PENDING, _S.UNDER_REVIEW),
    Move(_S.QUOTE_PENDING, _S.CANCELLED, _PATIENT),
    Move(_S.QUOTE_READY, _S.PATIENT_APPROVAL_PENDING, on=_on(Fact.QUOTE_SENT), check=quote_is_sent),
    Move(_S.QUOTE_READY, _S.QUOTE_PENDING),
    Move(_S.QUOTE_READY, _S.CANCELLED, _PATIENT),
    Move(
        _S.PATIENT_APPROVAL_PENDING,
        _S.READY_TO_SUBMIT,
        on=_on(Fact.QUOTE_APPROVED, Fact.CHECKED),
        check=ready_to_submit,
    ),
    # A new version drafted while the last one awaits approval takes its place.
    Move(_S.PATIENT_APPROVAL_PENDING, _S.QUOTE_PENDING, on=_on(Fact.QUOTE_REJECTED, Fact.QUOTE_DRAFTED)),
    Move(_S.PATIENT_APPROVAL_PENDING, _S.CANCELLED, _PATIENT),
    Move(
        _S.READY_TO_SUBMIT,
        _S.SUBMITTED_TO_CPAM,
        _BILLING,
        on=_on(Fact.CLAIM_SUBMITTED, Fact.CLAIM_RESUBMITTED) | _ONWARD,
    ),
    Move(_S.READY_TO_SUBMIT, _S.QUOTE_PENDING),
    Move(_S.READY_TO_SUBMIT, _S.CANCELLED, _PATIENT),
    Move(_S.SUBMITTED_TO_CPAM, _S.CPAM_PENDING, _BILLING, on=_on(Fact.CLAIM_PENDING)),
    Move(_S.SUBMITTED_TO_CPAM, _S.CPAM_APPROVED, _BILLING, on=_on(Fact.CLAIM_ACCEPTED)),
    Move(_S.SUBMITTED_TO_CPAM, _S.CPAM_REJECTED, _BILLING, on=_on(Fact.CLAIM_REJECTED)),
    Move(_S.CPAM_PENDING, _S.CPAM_APPROVED, _BILLING, on=_on(Fact.CLAIM_ACCEPTED)),
    Move(_S.CPAM_PENDING, _S.CPAM_REJECTED, _BILLING, on=_on(Fact.CLAIM_REJECTED)),
    Move(_S.CPAM_REJECTED, _S.READY_TO_SUBMIT, _BILLING, check=ready_to_submit),
    Move(
        _S.CPAM_REJECTED,
        _S.SUBMITTED_TO_CPAM,
        _BILLING,
        on=_on(Fact.CLAIM_RESUBMITTED, Fact.CLAIM_PENDING, Fact.CLAIM_ACCEPTED),
    ),
    Move(_S.CPAM_REJECTED, _S.CANCELLED),
    Move(_S.CPAM_REJECTED, _S.CLOSED),
    Move(_S.CPAM_APPROVED, _S.DELIVERY_SCHEDULED, on=_on(Fact.DELIVERY_SCHEDULED), check=delivery_is_scheduled),
    Move(_S.DELIVERY_SCHEDULED, _S.DELIVERED, on=_on(Fact.DELIVERY_COMPLETED), check=delivery_is_recorded),
    Move(_S.DELIVERY_SCHEDULED, _S.CPAM_APPROVED),
    Move(_S.DELIVERED, _S.MAINTENANCE_ACTIVE, on=_on(Fact.CONTRACT_ACTIVATED)),
    Move(_S.DELIVERED, _S.CLOSED),
    Move(_S.MAINTENANCE_ACTIVE, _S.CLOSED),
)

_BY_ENDS = {(move.origin, move.target): move for move in MOVES}


def move(origin: CaseStatus, target: CaseStatus) -> Move | None:
    """The row of the table; None when it has none."""
    return _BY_ENDS.get((origin, target))


def allowed(origin: CaseStatus, parties: frozenset[Party]) -> list[CaseStatus]:
    """Where somebody may move a case by hand from `origin`, in the table's order; checks are not looked at."""
    return [row.target for row in MOVES if row.origin is origin and row.by & parties]


def targets(parties: frozenset[Party]) -> frozenset[CaseStatus]:
    """Where somebody may ever move a case to."""
    return frozenset(row.target for row in MOVES if row.by & parties)


def by_itself(origin: CaseStatus, fact: Fact, situation: Situation) -> CaseStatus | None:
    """Where `fact` moves a case from `origin`; None when it stays."""
    for row in MOVES:
        if row.origin is origin and fact in row.on and not row.missing(situation):
            return row.target
    return None


def empty_checklist() -> dict[str, bool]:
    """All seven points open."""
    return dict.fromkeys(CHECKLIST, False)


_ON_ENTRY: dict[CaseStatus, dict[str, bool]] = {
    CaseStatus.QUOTE_PENDING: {"productSelected": False, "quoteGenerated": False, "patientApproved": False},
    CaseStatus.QUOTE_READY: {"productSelected": True, "quoteGenerated": True, "patientApproved": False},
}


def checklist_on_entry(status: CaseStatus, checklist: Mapping[str, bool]) -> dict[str, bool]:
    """The checklist once `status` is entered: where a quote is due, the points about the last one are open again."""
    return {**checklist, **_ON_ENTRY.get(status, {})}
