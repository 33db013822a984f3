"""Changing a claim: each change with its line in the history, its event, its audit entry and its count."""

from typing import Any

from common import audit, context
from common.clock import now
from common.contracts import billing as events
from common.contracts.enums import ClaimStatus
from common.events import outbox
from sqlalchemy.ext.asyncio import AsyncSession

from billing.claims.domain import steps
from billing.claims.models import Claim, ClaimEvent, ClaimEventType
from billing.metrics import count_claim


def note(
    session: AsyncSession,
    claim: Claim,
    event_type: ClaimEventType,
    reason: str | None = None,
    *,
    came_from: ClaimStatus | None = None,
    details: dict[str, Any] | None = None,
) -> None:
    """Add a line to the claim's history; who did it is taken from the context."""
    cause = context.current()
    session.add(
        ClaimEvent(
            claim_id=claim.id,
            event_type=event_type,
            from_status=came_from,
            to_status=claim.status,
            reason=reason,
            details=details,
            actor_id=cause.actor_id,
            actor_role=cause.actor_role,
            occurred_at=now(),
        )
    )


def opened(session: AsyncSession, claim: Claim, reason: str) -> None:
    """Tell of a new claim."""
    note(session, claim, ClaimEventType.CREATED, reason)
    outbox.record(session, events.ClaimCreatedV1(**_common(claim)), of=claim)
    audit.record(session, "billing", "claim.create", "Claim", claim.id)
    count_claim(session, claim.gateway_type, claim.status)


def move(
    session: AsyncSession,
    claim: Claim,
    target: ClaimStatus,
    reason: str | None,
    *,
    rejection: tuple[str | None, str | None] | None = None,
    details: dict[str, Any] | None = None,
) -> None:
    """Bring a claim to `target` by allowed moves, each told; nothing when it is there. `InvalidMove`."""
    before = claim.status
    for step in steps(before, target):
        came_from, claim.status = claim.status, step
        if step is ClaimStatus.REJECTED:
            claim.rejection_code, claim.rejection_reason = rejection or (None, reason)
        elif step is not ClaimStatus.CANCELLED:
            claim.rejection_code = claim.rejection_reason = None
        if step is ClaimStatus.REJECTED:
            details = {**(details or {}), "rejectionCode": claim.rejection_code}
        note(session, claim, ClaimEventType.STATUS_CHANGED, reason, came_from=came_from, details=details)
        outbox.record(session, _event(claim), of=claim)
        count_claim(session, claim.gateway_type, claim.status)
    if claim.status is not before:
        change = audit.changed({"status": before}, {"status": claim.status})
        audit.record(session, "billing", "claim.status-change", "Claim", claim.id, change)


def _common(claim: Claim) -> dict[str, Any]:
    return {
        "case_id": claim.case_id,
        "claim_id": claim.id,
        "claim_number": claim.claim_number,
        "patient_id": claim.patient_id,
        "quote_id": claim.quote_id,
        "status": claim.status,
        "total_amount": claim.total_amount,
    }


_PLAIN: dict[ClaimStatus, type[events.ClaimEvent]] = {
    ClaimStatus.PENDING: events.ClaimPendingV1,
    ClaimStatus.ACCEPTED: events.ClaimAcceptedV1,
    ClaimStatus.CANCELLED: events.ClaimCancelledV1,
}
_PAID: dict[ClaimStatus, type[events.ClaimPartiallyPaidV1 | events.ClaimPaidV1]] = {
    ClaimStatus.PARTIAL_PAYMENT: events.ClaimPartiallyPaidV1,
    ClaimStatus.PAID: events.ClaimPaidV1,
}
_SENT: dict[ClaimStatus, type[events.ClaimSubmittedV1 | events.ClaimResubmittedV1]] = {
    ClaimStatus.SUBMITTED: events.ClaimSubmittedV1,
    ClaimStatus.RESUBMITTED: events.ClaimResubmittedV1,
}


def _event(claim: Claim) -> events.ClaimEvent:
    """The event of the status that the claim has come into."""
    common = _common(claim)
    if claim.status in _SENT:
        return _SENT[claim.status](**common, gateway_type=claim.gateway_type)
    if claim.status in _PAID:
        return _PAID[claim.status](**common, paid_amount=claim.paid_amount or 0)
    if claim.status is ClaimStatus.REJECTED:
        return events.ClaimRejectedV1(**common, rejection_code=claim.rejection_code)
    return _PLAIN[claim.status](**common)
