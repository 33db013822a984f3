"""Queries of service tickets."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from common.auth import Actor, Permission, Scope, require
from common.clock import now
from common.errors import Forbidden
from common.http.pages import after
from sqlalchemy import ColumnElement, Row, and_, func, or_, select, true
from sqlalchemy.ext.asyncio import AsyncSession

from devices.emergencies.repository import opened_to
from devices.instances import repository as devices
from devices.instances.models import DeviceInstance
from devices.tickets.domain import UNSETTLED
from devices.tickets.models import TICKET_NUMBERS, ServiceTicket, TicketHistory
from devices.tickets.schemas import TicketFilters
from devices.visits.models import TechnicianVisit


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """Tickets the actor may know of: all, those of their own devices, or those given to or reported by them."""
    scope = require(actor, Permission.DEVICE_READ)
    if scope is Scope.ALL:
        return true()
    own = ServiceTicket.device_id.in_(select(DeviceInstance.id).where(devices.own(actor)))
    if scope is Scope.ASSIGNED:
        return or_(ServiceTicket.assigned_to == actor.user_id, ServiceTicket.reported_by == actor.user_id, own)
    return own


async def readable_by(session: AsyncSession, actor: Actor) -> ColumnElement[bool]:
    """Tickets the actor may read: those they may know of, and those of patients opened to them by break-glass."""
    opened = await opened_to(session, actor)
    if not opened:
        return visible_to(actor)
    by_grant = ServiceTicket.device_id.in_(select(DeviceInstance.id).where(DeviceInstance.patient_id.in_(opened)))
    try:
        return or_(visible_to(actor), by_grant)
    except Forbidden:  # a role that reads no tickets but those
        return by_grant


def may_be_reported_by(actor: Actor) -> ColumnElement[bool]:
    """Devices the actor may open a ticket about."""
    scope = require(actor, Permission.TICKET_CREATE)
    return true() if scope is Scope.ALL else devices.own(actor)


async def next_number(session: AsyncSession) -> int:
    """The next number of a ticket; never given twice, not even when the ticket is not made after all."""
    number: int = await session.scalar(TICKET_NUMBERS)
    return number


async def ticket(session: AsyncSession, actor: Actor, ticket_id: UUID) -> ServiceTicket | None:
    """A ticket the actor may read."""
    statement = select(ServiceTicket).where(ServiceTicket.id == ticket_id, await readable_by(session, actor))
    return (await session.scalars(statement)).one_or_none()


async def locked(session: AsyncSession, actor: Actor, ticket_id: UUID) -> tuple[DeviceInstance, ServiceTicket] | None:
    """A ticket the actor may know of and its device, locked in the order everybody locks them: device first."""
    statement = select(ServiceTicket.device_id).where(ServiceTicket.id == ticket_id, visible_to(actor))
    device_id = await session.scalar(statement)
    device = await devices.locked(session, device_id) if device_id else None
    found = await session.get(ServiceTicket, ticket_id, with_for_update=True, populate_existing=True)
    return (device, found) if device and found else None


async def tickets(
    session: AsyncSession, actor: Actor, filters: TicketFilters, cursor: UUID | None, limit: int
) -> Sequence[ServiceTicket]:
    """One page of the tickets the actor may read, with one row more when another page follows."""
    statement = select(ServiceTicket).where(await readable_by(session, actor))
    wanted = filters.model_dump(exclude_none=True)
    overdue = wanted.pop("overdue", None)
    if overdue is not None:
        late = and_(ServiceTicket.status.in_(UNSETTLED), ServiceTicket.due_at < now())
        statement = statement.where(late if overdue else ~late)
    if (patient_id := wanted.pop("patient_id", None)) is not None:
        of_patient = select(DeviceInstance.id).where(DeviceInstance.patient_id == patient_id)
        statement = statement.where(ServiceTicket.device_id.in_(of_patient))
    for name, value in wanted.items():
        statement = statement.where(getattr(ServiceTicket, name) == value)
    return (await session.scalars(after(statement, ServiceTicket.id, cursor, limit))).all()


async def history(session: AsyncSession, ticket_id: UUID, cursor: UUID | None, limit: int) -> Sequence[TicketHistory]:
    """What happened to a ticket: one page, newest first, with one row more when another page follows."""
    statement = select(TicketHistory).where(TicketHistory.ticket_id == ticket_id)
    return (await session.scalars(after(statement, TicketHistory.id, cursor, limit))).all()


async def workloads(session: AsyncSession) -> Sequence[Row[Any]]:
    """What each technician with something to do has to do, the least loaded first."""
    visits = (
        select(TechnicianVisit.technician_id, func.count().label("planned_visits"))
        .where(TechnicianVisit.outcome.is_(None))
        .group_by(TechnicianVisit.technician_id)
        .subquery()
    )
    count = func.count()
    statement = (
        select(
            ServiceTicket.assigned_to.label("technician_id"),
            count.label("tickets"),
            count.filter(ServiceTicket.due_at < now()).label("overdue"),
            count.filter(ServiceTicket.is_safety_issue).label("safety_issues"),
            func.coalesce(func.max(visits.c.planned_visits), 0).label("planned_visits"),
        )
        .outerjoin(visits, visits.c.technician_id == ServiceTicket.assigned_to)
        .where(ServiceTicket.status.in_(UNSETTLED), ServiceTicket.assigned_to.is_not(None))
        .group_by(ServiceTicket.assigned_to)
        .order_by(count, ServiceTicket.assigned_to)
    )
    return (await session.execute(statement)).all()
