"""Queries of dead addresses."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from common.contracts.enums import Channel
from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from notifications.addresses.models import DeadAddress


async def add_once(session: AsyncSession, values: dict[str, Any]) -> bool:
    """Whether the address was not known to be dead before."""
    statement = insert(DeadAddress).values(**values).on_conflict_do_nothing().returning(DeadAddress.id)
    return await session.scalar(statement) is not None


async def dead_of(session: AsyncSession, user_id: UUID, channel: Channel) -> set[str]:
    """The hashes of one user's dead addresses."""
    statement = select(DeadAddress.address_index).where(DeadAddress.user_id == user_id, DeadAddress.channel == channel)
    return set(await session.scalars(statement))


async def forget(session: AsyncSession, user_id: UUID) -> None:
    """Delete what is kept of a user's addresses."""
    await session.execute(delete(DeadAddress).where(DeadAddress.user_id == user_id))


async def dead_among(session: AsyncSession, indexes: Iterable[str]) -> set[tuple[Channel, str]]:
    """Which of these hashes are of dead addresses, with their channel."""
    statement = select(DeadAddress.channel, DeadAddress.address_index)
    rows = await session.execute(statement.where(DeadAddress.address_index.in_(list(indexes))))
    return {(channel, index) for channel, index in rows}


async def remove(session: AsyncSession, channel: Channel, address_index: str) -> None:
    """Take the address for alive again."""
    await session.execute(
        delete(DeadAddress).where(DeadAddress.channel == channel, DeadAddress.address_index == address_index)
    )
