"""Queries of exports."""

from collections.abc import Sequence
from uuid import UUID

from common.http.pages import after
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from notifications.deliveries.models import Notification


async def notifications_of(
    session: AsyncSession, recipient_id: UUID, cursor: UUID | None, limit: int
) -> Sequence[Notification]:
    """A page of what a user was sent, newest first, and one more where another page follows."""
    wanted = select(Notification).where(Notification.recipient_id == recipient_id)
    return (await session.scalars(after(wanted, Notification.id, cursor, limit))).all()
