"""Use cases of preferences."""

from collections.abc import Iterable
from uuid import UUID

from common import audit
from common.crypto import BlindIndex
from common.errors import NotFound
from sqlalchemy.ext.asyncio import AsyncSession

from notifications.preferences import repository
from notifications.preferences.domain import user_of


async def unsubscribe(session: AsyncSession, user_id: UUID) -> None:
    """End optional messages; nothing happens the second time."""
    if await repository.add_once(session, user_id):
        _audit(session, user_id, before=True, after=False)


async def unsubscribe_by_key(session: AsyncSession, index: BlindIndex, key: str) -> None:
    """End optional messages for whoever the key of a mail was made for; `NotFound` for a key that is not ours."""
    user_id = user_of(index, key)
    if user_id is None:
        raise NotFound("Subscription")
    await unsubscribe(session, user_id)


async def choose(session: AsyncSession, user_id: UUID, *, reminders: bool) -> bool:
    """Set whether the user gets optional messages; gives it back."""
    if not reminders:
        await unsubscribe(session, user_id)
    elif await repository.remove(session, user_id):
        _audit(session, user_id, before=False, after=True)
    return reminders


async def wants_reminders(session: AsyncSession, user_id: UUID) -> bool:
    """Whether the user gets optional messages."""
    return user_id not in await repository.among(session, [user_id])


async def unsubscribed(session: AsyncSession, user_ids: Iterable[UUID]) -> set[UUID]:
    """Those of the users who get no optional messages."""
    return await repository.among(session, user_ids)


def _audit(session: AsyncSession, user_id: UUID, *, before: bool, after: bool) -> None:
    changes = audit.changed({"reminders": before}, {"reminders": after})
    audit.record(session, "notifications", "preferences.update", "User", user_id, changes)
