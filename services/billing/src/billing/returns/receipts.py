"""Receipts (ARL, ARO): files whose layout is not known, and whose outcome a person enters for each claim they name."""

from uuid import UUID

from common import audit
from common.auth import Actor
from common.clock import now
from common.contracts.enums import ClaimStatus, ReturnType
from common.errors import BrokenRule, Conflict, NotFound
from sqlalchemy.ext.asyncio import AsyncSession

from billing.claims import history, policies
from billing.claims import repository as claims
from billing.claims.domain import WAITING
from billing.claims.models import ClaimEventType
from billing.returns import booking, repository
from billing.returns.models import ClaimReturn, ReceiptOutcome


async def record(
    session: AsyncSession, actor: Actor, return_id: UUID, claim_id: UUID, outcome: ReceiptOutcome, reason: str | None
) -> None:
    """Tie a receipt to a claim. A positive one decides nothing; a negative ARL is a technical reject."""
    policies.may_bill(actor)
    file = await repository.file(session, return_id, lock=True)
    if file is None:
        raise NotFound("Return")
    if file.return_type is ReturnType.NOEMIE:
        raise BrokenRule("A NOEMIE file says by itself what it says", code="CLAIM_RETURN_NOT_A_RECEIPT")
    claim = await claims.claim(session, claim_id, lock=True)
    if claim is None:
        raise NotFound("Claim")
    if booking.parked_reason(claim) is not None:
        raise Conflict(f"A claim that is {claim.status} takes no return", code="CLAIM_INVALID_TRANSITION")
    said = {"outcome": outcome.value, "reason": reason}
    known = (await repository.claim_returns(session, return_id, [claim_id])).get(claim_id)
    if known is not None:
        if known.parsed_data == said:
            return
        raise Conflict("The receipt's outcome was entered before", code="CLAIM_OUTCOME_ALREADY_RECORDED")
    session.add(
        ClaimReturn(
            claim_id=claim.id,
            return_file_id=file.id,
            return_type=file.return_type,
            raw_file_storage_key=file.raw_file_storage_key,
            received_at=file.received_at,
            processed_at=now(),
            parsed_data=said,
        )
    )
    details = {"returnFileId": str(file.id), "returnType": file.return_type.value, **said}
    history.note(session, claim, ClaimEventType.RETURN_RECEIVED, reason, details=details)
    if outcome is ReceiptOutcome.NEGATIVE and file.return_type is ReturnType.ARL and claim.status in WAITING:
        told = reason or "the receipt (ARL) says to send it again"
        history.move(session, claim, ClaimStatus.REJECTED, told, rejection=(ReturnType.ARL.value, told))
    audit.record(session, "billing", "return.outcome", "ReturnFile", file.id)
