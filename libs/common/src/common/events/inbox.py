"""The inbox: `(consumer, event)` is inserted in the handler's transaction, so that effects happen once."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session

# As the driver takes them: they are on the way of every event.
_CLAIM = (
    "INSERT INTO inbox (consumer, event_id) SELECT $1, unnest($2::text[]) ON CONFLICT DO NOTHING RETURNING event_id"
)
_ADVANCE = (
    "INSERT INTO inbox_versions AS seen (consumer, aggregate_id, version) VALUES ($1, $2, $3) "
    "ON CONFLICT (consumer, aggregate_id) DO UPDATE SET version = excluded.version "
    "WHERE seen.version <= excluded.version RETURNING version"
)


async def claim(session: AsyncSession, consumer: str, event_ids: Sequence[str]) -> set[str]:
    """Mark events as handled by `consumer`; returns those that were not before. Sorted, so that two never deadlock."""
    return set(await session.run_sync(_returned, _CLAIM, consumer, sorted(set(event_ids))))


async def advance(session: AsyncSession, consumer: str, aggregate_id: UUID, version: int) -> bool:
    """Note the aggregate's version; False when `consumer` has already seen a later one, so this one is stale."""
    return bool(await session.run_sync(_returned, _ADVANCE, consumer, aggregate_id, version))


def _returned(session: Session, statement: str, *parameters: Any) -> Sequence[Any]:
    """The one column that a statement returns."""
    return session.connection().exec_driver_sql(statement, parameters).scalars().all()
