"""Queries of unsubscriptions."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from notifications.preferences.models import Unsubscription


async def add_once(session: AsyncSession, user_id: UUID) -> bool:
    """Whether the user had not unsubscribed before."""
    statement = insert(Unsubscription).values(user_id=user_id).on_conflict_do_nothing()
    return await session.scalar(statement.returning(Unsubscription.user_id)) is not None


async def remove(session: AsyncSession, user_id: UUID) -> bool:
    """Whether the user had unsubscribed."""
    statement = delete(Unsubscription).where(Unsubscription.user_id == user_id).returning(Unsubscription.user_id)
    return await session.scalar(statement) is not None


async def among(session: AsyncSession, user_ids: Iterable[UUID]) -> set[UUID]:
    """Those of the users who unsubscribed."""
    statement = select(Unsubscription.user_id).where(Unsubscription.user_id.in_(list(user_ids)))
    return set(await session.scalars(statement))
