"""Queries of exports."""

from collections.abc import Sequence
from uuid import UUID

from common.http.pages import after
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from billing.claims.models import Claim


async def claims_of(session: AsyncSession, patient_id: UUID, cursor: UUID | None, limit: int) -> Sequence[Claim]:
    """A page of a patient's claims, newest first, and one more where another page follows."""
    return (
        await session.scalars(after(select(Claim).where(Claim.patient_id == patient_id), Claim.id, cursor, limit))
    ).all()
