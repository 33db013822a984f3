"""Keeping that a member of staff read something."""

from uuid import UUID

from common import audit
from common.auth import Actor
from common.db import Database
from sqlalchemy.ext.asyncio import AsyncSession


def note_read(session: AsyncSession, actor: Actor, action: str, object_type: str, object_id: UUID) -> None:
    """An audit entry where `actor` is staff; people read what is theirs without one."""
    if actor.is_staff:
        audit.record(session, "cases", action, object_type, object_id)


async def note_hot_read(database: Database, actor: Actor, action: str, object_type: str, object_id: UUID) -> None:
    """The same for an answer made without a session; kept before the answer goes out."""
    if actor.is_staff:
        async with database.transaction() as session:
            audit.record(session, "cases", action, object_type, object_id)
