"""Queries of quotes."""

from collections.abc import Sequence
from uuid import UUID

from common.auth import Actor
from common.clock import today
from common.http.pages import after
from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import joinedload, selectinload

from cases.cases.models import Case
from cases.cases.visibility import visible_to
from cases.quotes.domain import LIVE, QuoteStatus
from cases.quotes.models import Quote, quote_numbers

_WITH_LINES = selectinload(Quote.lines)


async def next_quote_number(session: AsyncSession) -> str:
    """`DV-<year>-<six digits or more>`."""
    number = await session.scalar(select(quote_numbers.next_value()))
    return f"DV-{today().year}-{number:06}"


async def next_version(session: AsyncSession, case_id: UUID) -> int:
    """The version of a case's next quote; the case is locked."""
    latest = await session.scalar(select(func.max(Quote.quote_version)).where(Quote.case_id == case_id))
    return (latest or 0) + 1


def _theirs(actor: Actor) -> Select[Quote]:
    return select(Quote).join(Case, Case.id == Quote.case_id).where(visible_to(actor)).options(_WITH_LINES)


async def quote(session: AsyncSession, actor: Actor, quote_id: UUID) -> Quote | None:
    """One the actor may know of, with its lines."""
    return (await session.scalars(_theirs(actor).where(Quote.id == quote_id))).one_or_none()


async def case_of(session: AsyncSession, quote_id: UUID) -> UUID | None:
    return await session.scalar(select(Quote.case_id).where(Quote.id == quote_id))


async def quotes(
    session: AsyncSession, actor: Actor, case_id: UUID, cursor: UUID | None, limit: int
) -> Sequence[Quote]:
    """The quotes of a case the actor may know of, newest first."""
    wanted = _theirs(actor).where(Quote.case_id == case_id)
    return (await session.scalars(after(wanted, Quote.id, cursor, limit))).all()


async def live(session: AsyncSession, case_id: UUID) -> Sequence[Quote]:
    """What a new version takes the place of."""
    wanted = select(Quote).where(Quote.case_id == case_id, Quote.status.in_(LIVE)).order_by(Quote.quote_version)
    return (await session.scalars(wanted)).all()


async def approved(session: AsyncSession, case_id: UUID) -> Quote | None:
    """The approved quote of a case, with its lines."""
    wanted = select(Quote).where(Quote.case_id == case_id, Quote.status == QuoteStatus.APPROVED).options(_WITH_LINES)
    return (await session.scalars(wanted)).one_or_none()


async def printed(session: AsyncSession, quote_id: UUID) -> Quote | None:
    """One for another service, with its lines and its case."""
    wanted = select(Quote).where(Quote.id == quote_id).options(_WITH_LINES, joinedload(Quote.case))
    return (await session.scalars(wanted)).one_or_none()


async def plain(session: AsyncSession, quote_id: UUID) -> Quote:
    """One without its lines, for an event handler that holds its case."""
    return await session.get_one(Quote, quote_id, populate_existing=True)
