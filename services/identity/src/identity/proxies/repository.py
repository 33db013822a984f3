"""Queries of proxies."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from common.clock import now
from common.http.pages import after
from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from identity.accounts.models import User
from identity.proxies.models import ProxyRelationship, ProxyStatus


def in_force() -> ColumnElement[bool]:
    """The relationships that hold at this moment."""
    moment = now()
    return and_(
        ProxyRelationship.status == ProxyStatus.ACTIVE,
        ProxyRelationship.valid_from <= moment,
        or_(ProxyRelationship.valid_until.is_(None), ProxyRelationship.valid_until > moment),
    )


async def proxy(session: AsyncSession, proxy_id: UUID) -> ProxyRelationship | None:
    """Locked: a relationship ends once."""
    return await session.get(ProxyRelationship, proxy_id, with_for_update=True)


async def proxies_of(
    session: AsyncSession, patient_id: UUID, cursor: UUID | None, limit: int
) -> Sequence[ProxyRelationship]:
    wanted = select(ProxyRelationship).where(ProxyRelationship.patient_id == patient_id)
    return (await session.scalars(after(wanted, ProxyRelationship.id, cursor, limit))).all()


async def users_acting_for(session: AsyncSession, patient_id: UUID) -> Sequence[User]:
    """The users who may act for the patient at this moment."""
    wanted = select(User).join(ProxyRelationship, ProxyRelationship.proxy_user_id == User.id)
    wanted = wanted.where(ProxyRelationship.patient_id == patient_id, in_force())
    return (await session.scalars(wanted.order_by(User.id))).all()


async def patients_of(session: AsyncSession, user_id: UUID) -> Sequence[UUID]:
    """The patients the user may act for at this moment."""
    wanted = select(ProxyRelationship.patient_id).where(ProxyRelationship.proxy_user_id == user_id, in_force())
    return (await session.scalars(wanted)).all()


async def over(session: AsyncSession, moment: datetime, limit: int) -> Sequence[ProxyRelationship]:
    """Active relationships whose validity has ended by `moment`, locked; those locked by others are left out."""
    wanted = select(ProxyRelationship).where(
        ProxyRelationship.status == ProxyStatus.ACTIVE, ProxyRelationship.valid_until <= moment
    )
    wanted = wanted.order_by(ProxyRelationship.valid_until).limit(limit).with_for_update(skip_locked=True)
    return (await session.scalars(wanted)).all()
