"""The life of a claim: its states as one table, and what payments and decisions make of it."""

from decimal import Decimal
from enum import StrEnum

from common.contracts.enums import ClaimDocumentRole, ClaimStatus, DocumentType

S = ClaimStatus
ZERO = Decimal("0.00")

TRANSITIONS: dict[ClaimStatus, frozenset[ClaimStatus]] = {
    S.DRAFT: frozenset({S.SUBMITTED, S.CANCELLED}),
    S.SUBMITTED: frozenset({S.PENDING, S.ACCEPTED, S.REJECTED}),
    S.RESUBMITTED: frozenset({S.PENDING, S.ACCEPTED, S.REJECTED}),
    S.PENDING: frozenset({S.ACCEPTED, S.REJECTED}),
    S.ACCEPTED: frozenset({S.REJECTED, S.PARTIAL_PAYMENT, S.PAID}),
    S.PARTIAL_PAYMENT: frozenset({S.PAID, S.ACCEPTED}),
    S.PAID: frozenset({S.PARTIAL_PAYMENT, S.ACCEPTED}),
    S.REJECTED: frozenset({S.RESUBMITTED, S.ACCEPTED, S.CANCELLED}),
    S.CANCELLED: frozenset(),
}
"""Every allowed move. What pays a claim accepts it first, and what takes all its money back leaves it accepted."""

WAITING = frozenset({S.SUBMITTED, S.RESUBMITTED, S.PENDING})
"""With the gateway, undecided: worth asking about."""

UNDECIDABLE = frozenset({S.DRAFT, S.CANCELLED})
"""No return may change these: it names a claim that was never sent, or that was withdrawn."""

_PAYING = frozenset({S.PARTIAL_PAYMENT, S.PAID})

FOLLOWED = WAITING | {S.ACCEPTED, S.PARTIAL_PAYMENT}
"""The gateway has still something to say of these: a decision, a late rejection, a payment."""

WRITABLE_OFF = frozenset({S.ACCEPTED, S.PARTIAL_PAYMENT, S.REJECTED})
"""Only what was decided may be given up on."""

REQUIRED_DOCUMENTS = (ClaimDocumentRole.PRESCRIPTION, ClaimDocumentRole.QUOTE)
"""Without these no claim is sent."""

OPEN_TO_DOCUMENTS = frozenset({S.DRAFT, S.REJECTED}) | WAITING
"""When a document may be added: what the gateway holds already is sent it, a rejected claim takes it along anew."""


REPLACEABLE_DOCUMENTS = frozenset({S.DRAFT, S.REJECTED})
"""When a document may be taken away: no gateway is dealing with the claim."""


class InvalidMove(Exception):
    """The table has no way between these states."""

    def __init__(self, status: ClaimStatus, target: ClaimStatus) -> None:
        super().__init__(f"a claim that is {status} cannot become {target}")
        self.status = status
        self.target = target


class Decision(StrEnum):
    """What an insurance decided, as a return tells it."""

    PAID = "PAID"
    REJECTED = "REJECTED"
    DEFERRED = "DEFERRED"
    NONE = "NONE"


def steps(status: ClaimStatus, target: ClaimStatus) -> tuple[ClaimStatus, ...]:
    """The moves from `status` to `target`, through ACCEPTED where need be; `InvalidMove` when there is no way."""
    if target is status:
        return ()
    if target in TRANSITIONS[status]:
        return (target,)
    if S.ACCEPTED in TRANSITIONS[status] and target in TRANSITIONS[S.ACCEPTED]:
        return (S.ACCEPTED, target)
    raise InvalidMove(status, target)


def settled(status: ClaimStatus, total: Decimal, paid: Decimal) -> ClaimStatus:
    """What the sum of payments, reversals included, makes of a claim."""
    if paid > 0:
        return S.PAID if paid >= total else S.PARTIAL_PAYMENT
    return S.ACCEPTED if status in _PAYING else status


def after_return(status: ClaimStatus, total: Decimal, paid: Decimal, decision: Decision) -> ClaimStatus:
    """Where a return leaves a claim on which `paid` has now been paid in all. Money outweighs words."""
    found = settled(status, total, paid)
    if found in _PAYING:
        return found
    if decision is Decision.REJECTED:
        return S.REJECTED
    if decision is Decision.PAID and found in WAITING:
        return S.ACCEPTED
    if decision is Decision.DEFERRED and found in {S.SUBMITTED, S.RESUBMITTED}:
        return S.PENDING
    return found


def after_report(status: ClaimStatus, reported: ClaimStatus) -> ClaimStatus:
    """Where a gateway's report leaves a claim. It never goes backwards, and never contradicts money received."""
    if status in WAITING and reported in TRANSITIONS[status]:
        return reported
    if status is S.ACCEPTED and reported is S.REJECTED:
        return S.REJECTED
    return status


def role_of(document_type: DocumentType, *, of_quote: bool, of_patient: bool) -> ClaimDocumentRole | None:
    """In which role a document goes with a claim by itself: the claim's own quote, and what identifies its patient."""
    if document_type is DocumentType.QUOTE_PDF:
        return ClaimDocumentRole.QUOTE if of_quote else None
    if not of_patient:
        return None
    identifying = {
        DocumentType.ID_CARD: ClaimDocumentRole.ID,
        DocumentType.CARTE_VITALE: ClaimDocumentRole.CARTE_VITALE,
    }
    return identifying.get(document_type)


def submission_reference(claim_number: str, attempt: int) -> str:
    """What a gateway knows one submission by; a resubmission is another."""
    return f"{claim_number}-{attempt}"


def outstanding(status: ClaimStatus, total: Decimal, paid: Decimal, written_off: Decimal) -> Decimal:
    """What is still waited for, never below zero; nothing on a claim that was never sent or was withdrawn."""
    return ZERO if status in UNDECIDABLE else max(total - paid - written_off, ZERO)
