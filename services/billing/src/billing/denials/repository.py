"""Queries of denials, out of the claims' history."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from common.contracts.enums import ClaimStatus
from sqlalchemy import case, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from billing.claims.models import Claim, ClaimEvent, ClaimEventType

MOST = 1000
"""Different codes and labels a statistic goes by."""


@dataclass(frozen=True, slots=True)
class DenialCount:
    """How often a code came with a label, on how many claims, worth how much, and how many of those are paid now."""

    code: str | None
    label: str | None
    times: int
    claims: int
    amount: Decimal
    recovered: int


async def counts(session: AsyncSession, start: datetime, end: datetime) -> Sequence[DenialCount]:
    """Denials from `start` until before `end`, the most frequent first; `MOST` lines at most."""
    code = ClaimEvent.details["rejectionCode"].astext
    first = (
        select(code.label("code"), ClaimEvent.reason.label("label"), ClaimEvent.claim_id, func.count().label("times"))
        .where(
            ClaimEvent.event_type == ClaimEventType.STATUS_CHANGED,
            ClaimEvent.to_status == ClaimStatus.REJECTED,
            ClaimEvent.occurred_at >= start,
            ClaimEvent.occurred_at < end,
        )
        .group_by(code, ClaimEvent.reason, ClaimEvent.claim_id)
        .subquery()
    )
    times = func.sum(first.c.times)
    statement = (
        select(
            first.c.code,
            first.c.label,
            times,
            func.count(),
            func.sum(Claim.total_amount),
            func.count(case((Claim.status == ClaimStatus.PAID, 1))),
        )
        .join(Claim, Claim.id == first.c.claim_id)
        .group_by(first.c.code, first.c.label)
        .order_by(times.desc(), first.c.code, first.c.label)
        .limit(MOST)
    )
    return [
        DenialCount(row[0], row[1], int(row[2]), row[3], row[4], row[5]) for row in await session.execute(statement)
    ]
