"""Queries of maintenance contracts."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from common.contracts.enums import ContractType
from common.money import ZERO, cents
from sqlalchemy import Numeric, and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from devices.maintenance.domain import ContractStatus, UpkeepRules, months_after
from devices.maintenance.models import MaintenanceContract, MaintenanceForfait
from devices.parts.models import PartUsage
from devices.tickets.models import ServiceTicket
from devices.visits.models import TechnicianVisit


async def latest(session: AsyncSession, device_id: UUID) -> MaintenanceContract | None:
    """The newest contract of a device."""
    statement = select(MaintenanceContract).where(MaintenanceContract.device_id == device_id)
    return (await session.scalars(statement.order_by(MaintenanceContract.id.desc()).limit(1))).one_or_none()


async def device_of(session: AsyncSession, contract_id: UUID) -> UUID | None:
    """The device a contract covers."""
    return await session.scalar(select(MaintenanceContract.device_id).where(MaintenanceContract.id == contract_id))


async def locked(session: AsyncSession, contract_id: UUID) -> MaintenanceContract | None:
    """A contract, kept from changing until the transaction ends."""
    statement = select(MaintenanceContract).where(MaintenanceContract.id == contract_id).with_for_update()
    return (await session.scalars(statement)).one_or_none()


async def active(session: AsyncSession, device_id: UUID) -> MaintenanceContract | None:
    """The contract in force of a device, locked."""
    statement = select(MaintenanceContract).where(
        MaintenanceContract.device_id == device_id, MaintenanceContract.status == ContractStatus.ACTIVE
    )
    return (await session.scalars(statement.with_for_update())).one_or_none()


async def to_check(
    session: AsyncSession, today: date, rules: UpkeepRules, after: UUID | None, limit: int
) -> Sequence[UUID]:
    """Contracts in force that something may have to be done about until `today`, in the order of their ids."""
    served_since = func.coalesce(MaintenanceContract.last_service_date, MaintenanceContract.start_date)
    # Months differ in length: a few days more are looked at than the rule asks for, never fewer.
    latest_since = months_after(rules.latest_service(today), -rules.service_months) + timedelta(days=3)
    statement = select(MaintenanceContract.id).where(
        MaintenanceContract.status == ContractStatus.ACTIVE,
        or_(
            MaintenanceContract.renewal_date <= today,
            and_(
                MaintenanceContract.renewal_date <= rules.latest_renewal(today),
                MaintenanceContract.renewal_reminded_for.is_distinct_from(MaintenanceContract.renewal_date),
            ),
            and_(
                served_since <= latest_since,
                MaintenanceContract.service_reminded_since.is_distinct_from(served_since),
            ),
        ),
    )
    if after is not None:
        statement = statement.where(MaintenanceContract.id > after)
    return (await session.scalars(statement.order_by(MaintenanceContract.id).limit(limit))).all()


async def forfaits(session: AsyncSession, contract_type: ContractType) -> dict[date, Decimal]:
    """The yearly amounts of a contract type, by the first day of each."""
    statement = select(MaintenanceForfait.valid_from, MaintenanceForfait.amount).where(
        MaintenanceForfait.contract_type == contract_type
    )
    return {row.valid_from: row.amount for row in await session.execute(statement)}


async def spent(session: AsyncSession, device_id: UUID, start: datetime, end: datetime) -> Decimal:
    """What parts and visits for a device cost from `start` until before `end`, in euros."""
    parts = (
        select(func.sum(PartUsage.quantity * PartUsage.unit_cost, type_=Numeric()))
        .join(ServiceTicket, ServiceTicket.id == PartUsage.ticket_id)
        .where(ServiceTicket.device_id == device_id, PartUsage.created_at >= start, PartUsage.created_at < end)
    )
    visits = (
        select(func.sum(TechnicianVisit.labour_cost, type_=Numeric()))
        .join(ServiceTicket, ServiceTicket.id == TechnicianVisit.ticket_id)
        .where(
            ServiceTicket.device_id == device_id,
            TechnicianVisit.completed_at >= start,
            TechnicianVisit.completed_at < end,
        )
    )
    return cents((await session.scalar(parts) or ZERO) + (await session.scalar(visits) or ZERO))
