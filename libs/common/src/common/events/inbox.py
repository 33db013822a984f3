"""The inbox: `(consumer, event)` is inserted in the handler's transaction, so that effects happen once."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

_CLAIM = text(
    "INSERT INTO inbox (consumer, event_id) SELECT :consumer, unnest(CAST(:event_ids AS text[])) "
    "ON CONFLICT DO NOTHING RETURNING event_id"
)
_ADVANCE = text(
    "INSERT INTO inbox_versions AS seen (consumer, aggregate_id, version) VALUES (:consumer, :aggregate_id, :version) "
    "ON CONFLICT (consumer, aggregate_id) DO UPDATE SET version = excluded.version "
    "WHERE seen.version <= excluded.version RETURNING version"
)


async def claim(session: AsyncSession, consumer: str, event_ids: Sequence[str]) -> set[str]:
    """Mark events as handled by `consumer`; returns those that were not before. Sorted, so that two never deadlock."""
    rows = await session.execute(_CLAIM, {"consumer": consumer, "event_ids": sorted(set(event_ids))})
    return set(rows.scalars())


async def advance(session: AsyncSession, consumer: str, aggregate_id: UUID, version: int) -> bool:
    """Note the aggregate's version; False when `consumer` has already seen a later one, so this one is stale."""
    parameters = {"consumer": consumer, "aggregate_id": aggregate_id, "version": version}
    return (await session.execute(_ADVANCE, parameters)).first() is not None
