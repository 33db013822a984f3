"""What a submission and a question to the gateway change of a claim."""

from collections.abc import Sequence
from uuid import UUID

from common.clock import now
from common.contracts.billing import GatewayFailingV1
from common.contracts.enums import ClaimStatus
from common.events import outbox
from common.events.dead_letters import explain
from sqlalchemy.ext.asyncio import AsyncSession

from billing.claims import history, repository
from billing.claims.domain import ZERO, after_report
from billing.claims.models import Claim, ClaimEventType
from billing.gateways import PaymentInfo, StatusReport

S = ClaimStatus


async def accepted_by_gateway(
    session: AsyncSession, claim_id: UUID, attempt: int, report: StatusReport, sent: Sequence[UUID]
) -> None:
    """The gateway has this attempt: the claim is submitted, once; `sent` are the documents it got along."""
    claim = await repository.claim(session, claim_id, lock=True)
    if claim is None or not _awaits_submission(claim, attempt):
        return
    claim.gateway_ref = report.gateway_ref
    claim.submitted_at = now()
    claim.submission_queued_at = None
    claim.outcome_unknown = False
    target = S.SUBMITTED if claim.status is S.DRAFT else S.RESUBMITTED
    history.move(session, claim, target, f"sent through {claim.gateway_type}", details={"attempt": attempt})
    if sent:
        await repository.mark_sent(session, claim_id, sent, now())


async def withdrawn_in_time(session: AsyncSession, claim_id: UUID, attempt: int) -> None:
    """The case was cancelled before its claim was sent, and the gateway has none of it."""
    claim = await repository.claim(session, claim_id, lock=True)
    if claim is None or not _awaits_submission(claim, attempt):
        return
    claim.submission_queued_at = None
    claim.outcome_unknown = False
    history.move(session, claim, S.CANCELLED, "the case was cancelled before the claim was sent")


async def submission_failed(
    session: AsyncSession, claim_id: UUID, attempt: int, error: BaseException, *, unknown: bool, alert: bool
) -> None:
    """The last try failed; `unknown` when the gateway may have taken the claim all the same."""
    claim = await repository.claim(session, claim_id, lock=True)
    if claim is None or claim.submission_queued_at is None or claim.attempt != attempt:
        return
    claim.submission_queued_at = None
    claim.outcome_unknown = unknown
    history.note(session, claim, ClaimEventType.SUBMISSION_FAILED, explain(error), details={"attempt": attempt})
    if alert:
        _alert(session, claim)


async def not_found_by_gateway(session: AsyncSession, claim_id: UUID, attempt: int) -> None:
    """A submission that was given up on did not arrive after all: the claim is as it was before it."""
    claim = await repository.claim(session, claim_id, lock=True)
    if claim is not None and claim.attempt == attempt and claim.submission_queued_at is None:
        claim.outcome_unknown = False
        reason = "the gateway does not know the submission that was given up on"
        history.note(session, claim, ClaimEventType.SUBMISSION_FAILED, reason, details={"attempt": attempt})


async def reported(session: AsyncSession, asked: Claim, report: StatusReport, payments: Sequence[PaymentInfo]) -> None:
    """Follow what the gateway says of a claim as it was when `asked`, unless it has gone on meanwhile.

    `payments` are noted only, to be held against what return files paid; not when one was booked since.
    """
    claim = await repository.claim(session, asked.id, lock=True)
    if claim is None or claim.attempt != asked.attempt:
        return
    paid = sum((each.amount for each in payments), ZERO)
    if claim.paid_amount == asked.paid_amount and paid != (claim.gateway_paid_amount or ZERO):
        claim.gateway_paid_amount = paid
    target = after_report(claim.status, report.status)
    reason = report.rejection[1] if report.rejection else f"reported by {claim.gateway_type}"
    history.move(session, claim, target, reason, rejection=report.rejection)


async def sync_failed(session: AsyncSession, claim_id: UUID, error: BaseException) -> None:
    """The gateway could not be asked."""
    await repository.end_sync(session, claim_id)
    claim = await repository.claim(session, claim_id, lock=True)
    if claim is not None:
        history.note(session, claim, ClaimEventType.SYNC_FAILED, explain(error))
        if await repository.alert_is_due(session, claim.gateway_type):
            _alert(session, claim)


def _alert(session: AsyncSession, claim: Claim) -> None:
    outbox.record(session, GatewayFailingV1(gateway_type=claim.gateway_type, claim_id=claim.id), of=claim)


def _awaits_submission(claim: Claim, attempt: int) -> bool:
    """A submission of this attempt is under way, or was given up on without knowing whether it arrived."""
    under_way = claim.submission_queued_at is not None or claim.outcome_unknown
    return under_way and claim.attempt == attempt and claim.status in {S.DRAFT, S.REJECTED}
