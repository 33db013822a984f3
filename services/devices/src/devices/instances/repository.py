"""Queries of devices."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from common.auth import Actor, Permission, Scope, require
from common.errors import Forbidden
from common.http.pages import after
from sqlalchemy import ColumnElement, or_, select, true
from sqlalchemy.ext.asyncio import AsyncSession

from devices.emergencies.repository import opened_to
from devices.instances.domain import OpenTicket
from devices.instances.models import DeviceHistory, DeviceInstance
from devices.instances.schemas import DeviceFilters
from devices.tickets.domain import UNSETTLED, TicketStatus
from devices.tickets.models import ServiceTicket


def own(actor: Actor) -> ColumnElement[bool]:
    """Devices of the patients the actor is or stands for."""
    return DeviceInstance.patient_id.in_(list(actor.patients))


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """Devices the actor may know of: all, their own, or those of tickets assigned to them and not yet closed."""
    scope = require(actor, Permission.DEVICE_READ)
    if scope is Scope.ALL:
        return true()
    if scope is Scope.ASSIGNED:
        assigned = select(ServiceTicket.device_id).where(
            ServiceTicket.assigned_to == actor.user_id, ServiceTicket.status != TicketStatus.CLOSED
        )
        return or_(DeviceInstance.id.in_(assigned), own(actor))
    return own(actor)


async def readable_by(session: AsyncSession, actor: Actor) -> ColumnElement[bool]:
    """Devices the actor may read: those they may know of, and those of patients opened to them by break-glass."""
    opened = await opened_to(session, actor)
    if not opened:
        return visible_to(actor)
    by_grant = DeviceInstance.patient_id.in_(opened)
    try:
        return or_(visible_to(actor), by_grant)
    except Forbidden:  # a role that reads no devices but those
        return by_grant


async def device(session: AsyncSession, actor: Actor, device_id: UUID) -> DeviceInstance | None:
    """A device the actor may read."""
    statement = select(DeviceInstance).where(DeviceInstance.id == device_id, await readable_by(session, actor))
    return (await session.scalars(statement)).one_or_none()


async def devices(
    session: AsyncSession, actor: Actor, filters: DeviceFilters, cursor: UUID | None, limit: int
) -> Sequence[DeviceInstance]:
    """One page of the devices the actor may read, with one row more when another page follows."""
    statement = select(DeviceInstance).where(await readable_by(session, actor))
    wanted = filters.model_dump(exclude_none=True)
    if (unsafe := wanted.pop("is_unsafe", None)) is not None:
        since = DeviceInstance.unsafe_since
        statement = statement.where(since.is_not(None) if unsafe else since.is_(None))
    for name, value in wanted.items():
        statement = statement.where(getattr(DeviceInstance, name) == value)
    return (await session.scalars(after(statement, DeviceInstance.id, cursor, limit))).all()


async def locked(session: AsyncSession, device_id: UUID, *conditions: ColumnElement[bool]) -> DeviceInstance | None:
    """A device, kept from changing until the transaction ends."""
    statement: Any = select(DeviceInstance).where(DeviceInstance.id == device_id, *conditions).with_for_update()
    found: DeviceInstance | None = (
        await session.scalars(statement.execution_options(populate_existing=True))
    ).one_or_none()
    return found


async def history(session: AsyncSession, device_id: UUID, cursor: UUID | None, limit: int) -> Sequence[DeviceHistory]:
    """What became of a device: one page, newest first, with one row more when another page follows."""
    statement = select(DeviceHistory).where(DeviceHistory.device_id == device_id)
    return (await session.scalars(after(statement, DeviceHistory.id, cursor, limit))).all()


async def with_serial(session: AsyncSession, serial_number: str) -> DeviceInstance | None:
    """The device of that serial number."""
    statement = select(DeviceInstance).where(DeviceInstance.serial_number == serial_number)
    return (await session.scalars(statement)).one_or_none()


async def open_tickets(session: AsyncSession, device_id: UUID) -> list[OpenTicket]:
    """What is still to be done about a device."""
    statement = select(ServiceTicket.status, ServiceTicket.is_safety_issue).where(
        ServiceTicket.device_id == device_id, ServiceTicket.status.in_(UNSETTLED)
    )
    return [OpenTicket(status, safety) for status, safety in await session.execute(statement)]


async def forget_places(session: AsyncSession, patient_id: UUID) -> None:
    """Forget where a patient's devices stand."""
    located = DeviceInstance.patient_id == patient_id, DeviceInstance.current_location.is_not(None)
    for found in await session.scalars(select(DeviceInstance).where(*located).with_for_update()):
        found.current_location = None
