"""Queries of announcements."""

from uuid import UUID

from sqlalchemy import exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from notifications.messages.models import Announcement, AnnouncementState


async def announcement(session: AsyncSession, announcement_id: UUID) -> Announcement | None:
    return await session.get(Announcement, announcement_id)


async def locked(session: AsyncSession, announcement_id: UUID) -> Announcement | None:
    """The row, kept from others until the transaction ends."""
    return await session.get(Announcement, announcement_id, with_for_update=True, populate_existing=True)


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
