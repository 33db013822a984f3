"""Queries of break-glass grants."""

from collections.abc import Sequence
from uuid import UUID

from common.auth import Actor
from common.clock import now
from common.contracts.identity import BreakGlassGrantedV1
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from devices.emergencies.models import EmergencyAccess

_ADD = insert(EmergencyAccess).on_conflict_do_nothing(index_elements=[EmergencyAccess.grant_id])


async def add(session: AsyncSession, grant: BreakGlassGrantedV1) -> None:
    """Keep a grant, once."""
    await session.execute(_ADD, grant.model_dump())


async def opened_to(session: AsyncSession, actor: Actor) -> Sequence[UUID]:
    """The patients whose records a grant opens now to this member of staff."""
    if not actor.is_staff:
        return ()
    statement = select(EmergencyAccess.patient_id).where(
        EmergencyAccess.user_id == actor.user_id, EmergencyAccess.expires_at > now()
    )
    return (await session.scalars(statement)).all()
