"""Queries of break-glass grants."""

from typing import Any
from uuid import UUID

from common.contracts.identity import BreakGlassGrantedV1
from sqlalchemy import Select, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from cases.emergencies.models import EmergencyAccess

_ADD = insert(EmergencyAccess).on_conflict_do_nothing(index_elements=[EmergencyAccess.grant_id])


async def add(session: AsyncSession, grant: BreakGlassGrantedV1) -> None:
    """Keep a grant, once."""
    await session.execute(_ADD, grant.model_dump())


def opened_to(user_id: Any) -> Select[UUID]:
    """The patients whose records a grant opens now to this user (a value or a parameter)."""
    return select(EmergencyAccess.patient_id).where(
        EmergencyAccess.user_id == user_id, EmergencyAccess.expires_at > func.now()
    )
