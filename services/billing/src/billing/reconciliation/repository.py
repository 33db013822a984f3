"""Queries of reconciliations."""

from datetime import date
from decimal import Decimal
from uuid import UUID

from common.clock import PARIS
from sqlalchemy import func, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from billing.claims.domain import UNDECIDABLE, ZERO
from billing.claims.models import Claim, Payment
from billing.reconciliation.domain import Position
from billing.reconciliation.models import Reconciliation

_PAGE = 1000


async def positions(session: AsyncSession, after: UUID | None) -> list[Position]:
    """The next thousand claims that were sent, or that have payments, by id; none when `after` was the last."""
    ledger = select(func.sum(Payment.amount)).where(Payment.claim_id == Claim.id).scalar_subquery()
    paid = select(Payment.id).where(Payment.claim_id == Claim.id).exists()
    statement = select(Claim, ledger).where(or_(Claim.status.not_in(list(UNDECIDABLE)), paid))
    if after is not None:
        statement = statement.where(Claim.id > after)
    rows = await session.execute(statement.order_by(Claim.id).limit(_PAGE))
    return [_position(claim, total) for claim, total in rows]


def _position(claim: Claim, ledger: Decimal | None) -> Position:
    return Position(
        claim_id=claim.id,
        claim_number=claim.claim_number,
        invoice_number=claim.invoice_number,
        gateway_type=claim.gateway_type,
        status=claim.status,
        submitted_on=claim.submitted_at.astimezone(PARIS).date() if claim.submitted_at else None,
        claimed=claim.total_amount,
        paid=claim.paid_amount or ZERO,
        ledger=ledger or ZERO,
        written_off=claim.written_off_amount or ZERO,
        gateway_paid=claim.gateway_paid_amount,
    )


async def keep(session: AsyncSession, made: Reconciliation) -> None:
    """Store a day's reconciliation in the place of an earlier one of that day."""
    values = {column.name: getattr(made, column.name) for column in Reconciliation.__table__.columns}
    new = insert(Reconciliation).values(values)
    set_ = {name: new.excluded[name] for name in values if name != "day"}
    await session.execute(new.on_conflict_do_update(index_elements=[Reconciliation.day], set_=set_))


async def of_day(session: AsyncSession, day: date | None) -> Reconciliation | None:
    """A day's, or the latest."""
    statement = select(Reconciliation).order_by(Reconciliation.day.desc()).limit(1)
    if day is not None:
        statement = statement.where(Reconciliation.day == day)
    return (await session.scalars(statement)).one_or_none()
