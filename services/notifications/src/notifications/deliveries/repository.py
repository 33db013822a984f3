"""Queries of notifications."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from common.auth import Actor
from common.contracts.enums import Channel
from common.http.pages import after
from sqlalchemy import ColumnElement, func, select, text, true, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from notifications.deliveries.domain import NotificationStatus
from notifications.deliveries.models import Notification
from notifications.deliveries.policies import sees_all

_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))")
_LOCK_EACH = text(
    "SELECT pg_advisory_xact_lock(hashtextextended(name, 0)) "
    "FROM unnest(CAST(:names AS text[])) WITH ORDINALITY AS each (name, turn) ORDER BY turn"
)


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """The one place that says which notifications an actor may know of."""
    return true() if sees_all(actor) else Notification.recipient_id == actor.user_id


async def add_once(session: AsyncSession, rows: Sequence[dict[str, Any]]) -> Sequence[UUID]:
    """Insert notifications but for those whose event was made into one for the recipient and channel before.

    The ids of those inserted, in the order of `rows`.
    """
    statement = insert(Notification).on_conflict_do_nothing().returning(Notification.id)
    added = set(await session.scalars(statement, rows))
    return [row["id"] for row in rows if row["id"] in added]


async def notification(session: AsyncSession, actor: Actor, notification_id: UUID) -> Notification | None:
    statement = select(Notification).where(Notification.id == notification_id, visible_to(actor))
    return (await session.scalars(statement)).one_or_none()


async def locked(session: AsyncSession, notification_id: UUID) -> Notification | None:
    """The row, kept from others until the transaction ends."""
    return await session.get(Notification, notification_id, with_for_update=True, populate_existing=True)


async def lock_external_id(session: AsyncSession, external_id: str) -> None:
    """Keep a provider's report and the storing of the id it names from missing each other."""
    await session.execute(_LOCK, {"name": f"external:{external_id}"})


async def lock_recipients(session: AsyncSession, recipient_ids: Sequence[UUID]) -> None:
    """Let what they get be counted without others adding to it meanwhile; give the ids in order."""
    await session.execute(_LOCK_EACH, {"names": [f"recipient:{recipient_id}" for recipient_id in recipient_ids]})


async def by_external_id(session: AsyncSession, provider: str, external_id: str) -> Notification | None:
    """The notification a provider knows by that id, kept from others until the transaction ends."""
    statement = select(Notification).where(Notification.external_id == external_id, Notification.provider == provider)
    return (await session.scalars(statement.with_for_update())).first()


async def told_by(session: AsyncSession, digest: Notification) -> Sequence[Notification]:
    """What a digest tells, kept from others until the transaction ends; nothing for what is no digest."""
    statement = select(Notification).where(Notification.digest_id == digest.id).order_by(Notification.id)
    return (await session.scalars(statement.with_for_update())).all()


async def forget_addresses(session: AsyncSession, recipient_id: UUID) -> None:
    """Delete the hashes of where somebody's notifications went."""
    statement = update(Notification).where(Notification.recipient_id == recipient_id)
    await session.execute(statement.values(address_index=None).execution_options(synchronize_session=False))


async def mails_since(session: AsyncSession, recipient_ids: Iterable[UUID], moment: datetime) -> Counter[UUID]:
    """How many mails were made for each of these people since that moment."""
    statement = select(Notification.recipient_id, func.count().label("mails")).where(
        Notification.recipient_id.in_(list(recipient_ids)),
        Notification.channel == Channel.EMAIL,
        Notification.created_at >= moment,
    )
    rows = await session.execute(statement.group_by(Notification.recipient_id))
    return Counter({row.recipient_id: row.mails for row in rows})


async def due(session: AsyncSession, moment: datetime, limit: int) -> Sequence[Notification]:
    """Pending notifications whose waiting is over, those of one recipient together, kept from others."""
    statement = (
        select(Notification)
        .where(Notification.held_until <= moment, Notification.status == NotificationStatus.PENDING)
        .order_by(Notification.recipient_id, Notification.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return (await session.scalars(statement)).all()


async def notifications(
    session: AsyncSession,
    actor: Actor,
    *,
    status: NotificationStatus | None,
    channel: Channel | None,
    cursor: UUID | None,
    limit: int,
) -> Sequence[Notification]:
    statement = select(Notification).where(visible_to(actor))
    if status is not None:
        statement = statement.where(Notification.status == status)
    if channel is not None:
        statement = statement.where(Notification.channel == channel)
    return (await session.scalars(after(statement, Notification.id, cursor, limit))).all()
