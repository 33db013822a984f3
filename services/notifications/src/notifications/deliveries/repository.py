"""Queries of notifications."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from common.auth import Actor
from common.contracts.enums import Channel
from common.http.pages import after
from sqlalchemy import ColumnElement, select, true
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from notifications.deliveries.domain import NotificationStatus
from notifications.deliveries.models import Notification
from notifications.deliveries.policies import sees_all


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """The one place that says which notifications an actor may know of."""
    return true() if sees_all(actor) else Notification.recipient_id == actor.user_id


async def add_once(session: AsyncSession, values: dict[str, Any]) -> UUID | None:
    """Insert a notification; None when this event was made into one for this recipient and channel before."""
    statement = insert(Notification).values(**values).on_conflict_do_nothing().returning(Notification.id)
    identifier: UUID | None = await session.scalar(statement)
    return identifier


async def notification(session: AsyncSession, actor: Actor, notification_id: UUID) -> Notification | None:
    statement = select(Notification).where(Notification.id == notification_id, visible_to(actor))
    return (await session.scalars(statement)).one_or_none()


async def locked(session: AsyncSession, notification_id: UUID) -> Notification | None:
    """The row, kept from others until the transaction ends."""
    return await session.get(Notification, notification_id, with_for_update=True, populate_existing=True)


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
