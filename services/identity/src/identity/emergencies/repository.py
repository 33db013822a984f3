"""Queries of break-glass grants."""

from uuid import UUID

from common.clock import now
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from identity.emergencies.models import BreakGlassGrant


async def grant_in_force(session: AsyncSession, user_id: UUID, patient_id: UUID) -> UUID | None:
    """The latest grant by which the user may read the patient's records at this moment."""
    wanted = select(BreakGlassGrant.id).where(
        BreakGlassGrant.user_id == user_id,
        BreakGlassGrant.patient_id == patient_id,
        BreakGlassGrant.expires_at > now(),
    )
    return (await session.scalars(wanted.order_by(BreakGlassGrant.id.desc()).limit(1))).one_or_none()
