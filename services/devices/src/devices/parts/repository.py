"""Queries of parts."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from devices.parts.models import PartUsage


async def of_ticket(session: AsyncSession, ticket_id: UUID) -> Sequence[PartUsage]:
    """Parts used for a ticket, oldest first."""
    statement = select(PartUsage).where(PartUsage.ticket_id == ticket_id).order_by(PartUsage.id)
    return (await session.scalars(statement)).all()
