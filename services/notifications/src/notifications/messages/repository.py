"""Queries of announcements."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from common.contracts.enums import Role
from common.db.reads import Reads
from sqlalchemy import exists, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from notifications.messages.domain import Audience, AudienceKind
from notifications.messages.models import Announcement, AnnouncementState

_WHOM = "SELECT state, audience, audience_id, audience_role FROM announcements WHERE id = $1"
_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))")


async def whom(reads: Reads, announcement_id: UUID) -> tuple[AnnouncementState, Audience] | None:
    """Whether an announcement is still to be addressed, and whom it is for; None where there is none."""
    row = await reads.fetchrow(_WHOM, announcement_id)
    if row is None:
        return None
    role = Role(row["audience_role"]) if row["audience_role"] else None
    return AnnouncementState(row["state"]), Audience(AudienceKind(row["audience"]), row["audience_id"], role)


async def locked(session: AsyncSession, announcement_id: UUID) -> Announcement | None:
    """The row, kept from others until the transaction ends."""
    return await session.get(Announcement, announcement_id, with_for_update=True, populate_existing=True)


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
