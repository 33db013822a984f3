"""Queries of parts."""

from collections.abc import Sequence
from uuid import UUID

from common.http.pages import after
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from devices.parts.models import PartUsage


async def of_ticket(session: AsyncSession, ticket_id: UUID, cursor: UUID | None, limit: int) -> Sequence[PartUsage]:
    """One page of the parts used for a ticket, newest first, with one row more when another page follows."""
    statement = select(PartUsage).where(PartUsage.ticket_id == ticket_id)
    return (await session.scalars(after(statement, PartUsage.id, cursor, limit))).all()
