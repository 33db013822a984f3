"""How a case follows its claim."""

from datetime import datetime
from uuid import UUID

from common.contracts.billing import ClaimEvent, ClaimRejectedV1
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from cases.cases.domain import CLAIM_FACTS
from cases.cases.models import Case, CaseClaim
from cases.cases.progress import happened
from cases.quotes.domain import QuoteStatus
from cases.quotes.models import Quote

_NEW = insert(CaseClaim)
_UPSERT = _NEW.on_conflict_do_update(
    index_elements=[CaseClaim.claim_id],
    set_={"status": _NEW.excluded.status, "claim_version": _NEW.excluded.claim_version},
    where=CaseClaim.claim_version < _NEW.excluded.claim_version,
).returning(CaseClaim.claim_id)


async def follow(session: AsyncSession, case: Case, event: ClaimEvent, *, version: int, at: datetime) -> None:
    """Note the claim's state and move the locked case by it; what a later version told already changes nothing.

    Only the claim of the approved quote moves the case: one of a quote that was replaced is on its way out.
    """
    row = {
        "claim_id": event.claim_id,
        "case_id": case.id,
        "quote_id": event.quote_id,
        "status": event.status,
        "claim_version": version,
    }
    noted = await session.scalar(_UPSERT, row)
    if noted is None or not await _is_approved(session, event.quote_id):
        return
    case.claim_due = None
    fact = CLAIM_FACTS.get(event.status)
    if fact is None:
        return
    reason = event.rejection_code if isinstance(event, ClaimRejectedV1) else None
    await happened(session, case, fact, at=at, reason=reason)


async def _is_approved(session: AsyncSession, quote_id: UUID) -> bool:
    return await session.scalar(select(Quote.status).where(Quote.id == quote_id)) is QuoteStatus.APPROVED
