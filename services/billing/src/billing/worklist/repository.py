"""The query of the worklist."""

from collections.abc import Sequence
from uuid import UUID

from common.contracts.enums import ClaimStatus, GatewayType
from common.http.pages import after
from sqlalchemy import ColumnElement, and_, case, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from billing.claims.domain import FOLLOWED, WAITING
from billing.claims.models import UNFINISHED, Claim
from billing.worklist.domain import Work

_APPLIES: dict[Work, ColumnElement[bool]] = {
    Work.FIND_OUT: Claim.outcome_unknown.is_(True),
    Work.WITHDRAW: Claim.case_cancelled_at.is_not(None) & Claim.status.in_(list(FOLLOWED)),
    Work.HANDLE_DENIAL: (Claim.status == ClaimStatus.REJECTED) & Claim.written_off_at.is_(None),
    Work.ENTER_IN_OTHER_SOFTWARE: (Claim.gateway_type == GatewayType.MANUAL) & Claim.status.in_(list(WAITING)),
    Work.SUBMIT: Claim.status == ClaimStatus.DRAFT,
}
_OPEN = and_(text(f"claims.{UNFINISHED}"), Claim.submission_queued_at.is_(None))
WORK = case(*((applies, work.value) for work, applies in _APPLIES.items()), else_=None)


async def page(
    session: AsyncSession, cursor: UUID | None, limit: int, *, work: Work | None
) -> Sequence[tuple[Claim, Work]]:
    """Claims that ask for work, or for one kind of it, newest first; one more than `limit` when there are more."""
    wanted: ColumnElement[bool] = WORK.is_not(None) if work is None else WORK.in_([work.value])
    statement = select(Claim, WORK.label("work")).where(_OPEN, wanted)
    rows = await session.execute(after(statement, Claim.id, cursor, limit))
    return [(claim, Work(found)) for claim, found in rows]
