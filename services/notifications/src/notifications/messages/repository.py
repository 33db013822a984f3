"""Queries of announcements."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from asyncpg import Record
from common.contracts.enums import Role
from common.db.reads import Reads
from sqlalchemy import exists, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from notifications.messages.domain import Audience, AudienceKind
from notifications.messages.models import Announcement, AnnouncementState

_WHOM = "SELECT state, audience, audience_id, audience_role FROM announcements WHERE id = $1"
_BEHIND = (
    "SELECT id, audience, audience_id, audience_role FROM announcements "
    "WHERE state = 'PENDING' AND id > $1 AND template_id <> ALL($2::text[]) ORDER BY id LIMIT $3"
)
_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))")


async def whom(reads: Reads, announcement_id: UUID) -> tuple[AnnouncementState, Audience] | None:
    """Whether an announcement is still to be addressed, and whom it is for; None where there is none."""
    row = await reads.fetchrow(_WHOM, announcement_id)
    if row is None:
        return None
    return AnnouncementState(row["state"]), _audience(row)


async def behind(reads: Reads, announcement_id: UUID, but: Sequence[str], limit: int) -> dict[UUID, Audience]:
    """Whom the announcements made next are for, as far as they are pending; none by a template of `but`."""
    rows = await reads.fetch(_BEHIND, announcement_id, but, limit)
    return {UUID(str(row["id"])): _audience(row) for row in rows}


def _audience(row: Record) -> Audience:
    role = Role(row["audience_role"]) if row["audience_role"] else None
    return Audience(AudienceKind(row["audience"]), row["audience_id"], role)


async def locked(session: AsyncSession, announcement_id: UUID) -> Announcement | None:
    """The row, kept from others until the transaction ends."""
    return await session.get(Announcement, announcement_id, with_for_update=True, populate_existing=True)


async def locked_pending(session: AsyncSession, announcement_ids: Iterable[UUID]) -> Sequence[Announcement]:
    """Those of the announcements that are pending, kept from others until the transaction ends."""
    statement = select(Announcement).where(
        Announcement.id.in_(list(announcement_ids)), Announcement.state == AnnouncementState.PENDING
    )
    return (await session.scalars(statement.order_by(Announcement.id).with_for_update())).all()


async def stranded(session: AsyncSession, *, queued_before: datetime, made_after: datetime) -> Sequence[Announcement]:
    """Pending announcements that the queue has given up, not the too old ones; kept from others."""
    statement = select(Announcement).where(
        Announcement.state == AnnouncementState.PENDING,
        Announcement.queued_at < queued_before,
        Announcement.created_at > made_after,
    )
    return (await session.scalars(statement.order_by(Announcement.id).with_for_update(skip_locked=True))).all()


async def lock_subject(session: AsyncSession, told: Announcement) -> None:
    """Let what is told of one thing be addressed one after the other, until the transaction ends."""
    await session.execute(_LOCK, {"name": f"subject:{told.subject_id}"})


async def is_overtaken(session: AsyncSession, told: Announcement) -> bool:
    """Whether the same template tells of a later version of the same thing."""
    later = exists().where(
        Announcement.subject_id == told.subject_id,
        Announcement.subject_version > told.subject_version,
        Announcement.template_id == told.template_id,
    )
    return bool(await session.scalar(select(later)))


async def was_told_before(session: AsyncSession, told: Announcement) -> bool:
    """Whether the same template has told of an earlier version of the same thing."""
    earlier = exists().where(
        Announcement.subject_id == told.subject_id,
        Announcement.subject_version < told.subject_version,
        Announcement.template_id == told.template_id,
        Announcement.state == AnnouncementState.ADDRESSED,
    )
    return bool(await session.scalar(select(earlier)))
