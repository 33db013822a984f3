"""Queries of recalls."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from common.http.pages import after
from sqlalchemy import ColumnElement, Row, and_, collate, func, select, true
from sqlalchemy.ext.asyncio import AsyncSession

from devices.instances.domain import IN_SERVICE
from devices.instances.models import DeviceInstance
from devices.recalls.domain import Lot
from devices.recalls.models import Recall
from devices.tickets.domain import SETTLED
from devices.tickets.models import ServiceTicket


async def recall(session: AsyncSession, recall_id: UUID, *, lock: bool = False) -> Recall | None:
    """A recall."""
    return await session.get(Recall, recall_id, with_for_update=lock or None)


async def recalls(session: AsyncSession, cursor: UUID | None, limit: int) -> Sequence[Recall]:
    """One page of recalls, newest first, with one row more when another page follows."""
    return (await session.scalars(after(select(Recall), Recall.id, cursor, limit))).all()


async def without_ticket(session: AsyncSession, recall: Recall, limit: int) -> Sequence[DeviceInstance]:
    """Devices in service that the recall concerns and that have no ticket of it yet, locked."""
    has_ticket = (
        select(ServiceTicket.id)
        .where(ServiceTicket.recall_id == recall.id, ServiceTicket.device_id == DeviceInstance.id)
        .exists()
    )
    statement = (
        select(DeviceInstance)
        .where(_concerned(recall.lot), DeviceInstance.status.in_(IN_SERVICE), ~has_ticket)
        .order_by(DeviceInstance.id)
        .limit(limit)
        .with_for_update()
    )
    return (await session.scalars(statement)).all()


def _concerned(lot: Lot) -> ColumnElement[bool]:
    """`Lot.holds`, as a condition."""
    serial = DeviceInstance.serial_number
    of_product = DeviceInstance.product_id == lot.product_id if lot.product_id else true()
    if lot.serial_from is None or lot.serial_to is None:
        return of_product
    bytewise = collate(serial, "C")
    in_range = and_(
        func.char_length(serial) == len(lot.serial_from), bytewise >= lot.serial_from, bytewise <= lot.serial_to
    )
    return and_(of_product, in_range)


async def progress(session: AsyncSession, recall_id: UUID) -> tuple[int, int]:
    """How many tickets a recall has, and how many of them are settled."""
    count = func.count()
    statement = select(count, count.filter(ServiceTicket.status.in_(SETTLED))).where(
        ServiceTicket.recall_id == recall_id
    )
    tickets, settled = (await session.execute(statement)).one()
    return tickets, settled


async def devices(session: AsyncSession, recall_id: UUID, cursor: UUID | None, limit: int) -> Sequence[Row[Any]]:
    """One page of the devices of a recall with their tickets, with one row more when another page follows."""
    statement: Any = (
        select(
            ServiceTicket.id,
            ServiceTicket.ticket_number,
            ServiceTicket.status.label("ticket_status"),
            ServiceTicket.device_id,
            DeviceInstance.serial_number,
            DeviceInstance.patient_id,
            DeviceInstance.case_id,
            DeviceInstance.status.label("device_status"),
        )
        .join(DeviceInstance, DeviceInstance.id == ServiceTicket.device_id)
        .where(ServiceTicket.recall_id == recall_id)
    )
    found: Sequence[Row[Any]] = (await session.execute(after(statement, ServiceTicket.id, cursor, limit))).all()
    return found
