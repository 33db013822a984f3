"""Queries of the timeline."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select, tuple_
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from cases.timeline.models import TimelineEntry

_ADD = insert(TimelineEntry).on_conflict_do_nothing(index_elements=[TimelineEntry.id])


async def add(session: AsyncSession, entry: dict[str, Any]) -> None:
    """Keep an entry, once."""
    await session.execute(_ADD, entry)


async def entries(
    session: AsyncSession, case_id: UUID, prescription_id: UUID, cursor: UUID | None, limit: int
) -> Sequence[TimelineEntry]:
    """What happened to a case and its prescription, oldest first, with one row more where another page follows."""
    when = tuple_(TimelineEntry.occurred_at, TimelineEntry.id)
    wanted = select(TimelineEntry).where(
        or_(TimelineEntry.case_id == case_id, TimelineEntry.prescription_id == prescription_id)
    )
    if cursor is not None:
        last = select(TimelineEntry.occurred_at, TimelineEntry.id).where(TimelineEntry.id == cursor)
        wanted = wanted.where(when > last.scalar_subquery())
    return (await session.scalars(wanted.order_by(TimelineEntry.occurred_at, TimelineEntry.id).limit(limit + 1))).all()
