"""Queries of visits."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from common.auth import Actor
from common.http.pages import after
from sqlalchemy import ColumnElement, or_, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from devices.tickets.models import ServiceTicket
from devices.visits.models import TechnicianVisit
from devices.visits.schemas import VisitFilters

_LOCK_AGENDA = text("SELECT pg_advisory_xact_lock(hashtextextended('agenda:' || CAST(:technician_id AS text), 0))")


async def lock_agenda(session: AsyncSession, technician_id: UUID) -> None:
    """Let one transaction at a time plan a technician's time.

    The exclusion constraint alone forbids double booking too, but two at once may wait for each other until one of
    them is shot as deadlocked.
    """
    await session.execute(_LOCK_AGENDA, {"technician_id": str(technician_id)})


async def is_free(
    session: AsyncSession, technician_id: UUID, at: datetime, minutes: int, *, but: UUID | None = None
) -> bool:
    """Whether a technician has no visit then, `but` one set aside; true for as long as their agenda is locked."""
    taken = select(TechnicianVisit.id).where(
        TechnicianVisit.technician_id == technician_id,
        TechnicianVisit.outcome.is_(None),
        TechnicianVisit.scheduled_at < at + timedelta(minutes=minutes),
        TechnicianVisit.scheduled_until > at,
    )
    if but is not None:
        taken = taken.where(TechnicianVisit.id != but)
    return (await session.scalars(taken.limit(1))).one_or_none() is None


async def unfinished(session: AsyncSession, ticket_id: UUID) -> Sequence[TechnicianVisit]:
    """Visits of a ticket that are not over, locked."""
    statement = select(TechnicianVisit).where(TechnicianVisit.ticket_id == ticket_id, TechnicianVisit.outcome.is_(None))
    return (await session.scalars(statement.order_by(TechnicianVisit.id).with_for_update())).all()


async def of_ticket(
    session: AsyncSession, ticket_id: UUID, cursor: UUID | None, limit: int
) -> Sequence[TechnicianVisit]:
    """One page of the visits of a ticket, newest first, with one row more when another page follows."""
    statement = select(TechnicianVisit).where(TechnicianVisit.ticket_id == ticket_id)
    return (await session.scalars(after(statement, TechnicianVisit.id, cursor, limit))).all()


async def ticket_of(session: AsyncSession, visit_id: UUID) -> UUID | None:
    """The ticket a visit belongs to."""
    return await session.scalar(select(TechnicianVisit.ticket_id).where(TechnicianVisit.id == visit_id))


async def locked(session: AsyncSession, visit_id: UUID) -> TechnicianVisit | None:
    """A visit, kept from changing until the transaction ends."""
    return await session.get(TechnicianVisit, visit_id, with_for_update=True, populate_existing=True)


async def visit(
    session: AsyncSession, actor: Actor, visit_id: UUID, tickets: ColumnElement[bool]
) -> TechnicianVisit | None:
    """A visit of one of `tickets`, or of the actor's own."""
    statement = select(TechnicianVisit).where(TechnicianVisit.id == visit_id, _visible(actor, tickets))
    return (await session.scalars(statement)).one_or_none()


async def visits(
    session: AsyncSession,
    actor: Actor,
    tickets: ColumnElement[bool],
    filters: VisitFilters,
    cursor: UUID | None,
    limit: int,
) -> Sequence[TechnicianVisit]:
    """One page of the visits of `tickets` or of the actor's own, with one row more when another page follows."""
    statement = select(TechnicianVisit).where(_visible(actor, tickets))
    if filters.ticket_id is not None:
        statement = statement.where(TechnicianVisit.ticket_id == filters.ticket_id)
    if filters.technician_id is not None:
        statement = statement.where(TechnicianVisit.technician_id == filters.technician_id)
    if filters.outcome is not None:
        statement = statement.where(TechnicianVisit.outcome == filters.outcome)
    if filters.planned is not None:
        over = TechnicianVisit.outcome.is_not(None)
        statement = statement.where(~over if filters.planned else over)
    if filters.since is not None:
        statement = statement.where(TechnicianVisit.scheduled_at >= filters.since)
    if filters.until is not None:
        statement = statement.where(TechnicianVisit.scheduled_at < filters.until)
    return (await session.scalars(after(statement, TechnicianVisit.id, cursor, limit))).all()


def _visible(actor: Actor, tickets: ColumnElement[bool]) -> ColumnElement[bool]:
    of_tickets = TechnicianVisit.ticket_id.in_(select(ServiceTicket.id).where(tickets))
    return or_(of_tickets, TechnicianVisit.technician_id == actor.user_id)
