"""Use cases of notifications: made once, read, sent again. Handing them over is in `sending`."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from common import audit
from common.auth import Actor
from common.clock import now
from common.contracts.enums import Channel
from common.contracts.jobs import DeliverNotificationV1
from common.errors import NotFound
from common.events import outbox
from sqlalchemy.ext.asyncio import AsyncSession

from notifications.addresses import repository as addresses
from notifications.deliveries import policies, repository
from notifications.deliveries.domain import DigestRule, Hold, NotificationStatus
from notifications.deliveries.models import Notification


async def notify(session: AsyncSession, values: dict[str, Any], *, digest: DigestRule | None = None) -> None:
    """Make a notification with the columns `values` and have it delivered, unless it was made before.

    `digest` says from how many mails on the recipient gets the next ones together, where this one may wait.
    """
    held: dict[str, Any] = {}
    if digest is not None and values["channel"] is Channel.EMAIL:
        await repository.lock_recipient(session, values["recipient_id"])
        if digest.is_reached(await repository.mails_since(session, values["recipient_id"], digest.since(now()))):
            held = {"held_for": Hold.DIGEST, "held_until": now() + digest.within}
    identifier = await repository.add_once(session, {**values, **held})
    if identifier is not None and not held:
        outbox.record(session, DeliverNotificationV1(notification_id=identifier), of=identifier)


async def find(
    session: AsyncSession,
    actor: Actor,
    *,
    status: NotificationStatus | None,
    channel: Channel | None,
    cursor: UUID | None,
    limit: int,
) -> Sequence[Notification]:
    """A page of what the actor may see, and one row more when another follows. Audited where it is everybody's."""
    found = await repository.notifications(session, actor, status=status, channel=channel, cursor=cursor, limit=limit)
    if policies.sees_all(actor):
        audit.record(session, "notifications", "notification.list", "User", actor.user_id)
    return found


async def read(session: AsyncSession, actor: Actor, notification_id: UUID) -> Notification:
    """One notification; `NotFound` when the actor may not know of it. Audited when it is somebody else's."""
    notification = await repository.notification(session, actor, notification_id)
    if notification is None:
        raise NotFound("Notification")
    if notification.recipient_id != actor.user_id:
        audit.record(session, "notifications", "notification.read", "Notification", notification.id)
    return notification


async def retry(session: AsyncSession, actor: Actor, notification_id: UUID) -> Notification:
    """Send a failed or bounced notification again; `Conflict` for any other.

    Whoever asks for it knows that the address works again: it is taken for alive.
    """
    policies.may_retry(actor)
    notification = await repository.locked(session, notification_id)
    if notification is None:
        raise NotFound("Notification")
    before = {"status": notification.status.value, "failureReason": notification.failure_reason}
    notification.become(NotificationStatus.PENDING)
    notification.failure_reason = notification.external_id = notification.digest_id = None
    notification.sent_at = notification.delivered_at = None
    notification.retries += 1
    if notification.address_index is not None:
        await addresses.remove(session, notification.channel, notification.address_index)
    await session.flush()
    after = {"status": notification.status.value, "failureReason": None}
    changes = audit.changed(before, after)
    audit.record(session, "notifications", "notification.retry", "Notification", notification.id, changes)
    outbox.record(session, DeliverNotificationV1(notification_id=notification.id), of=notification.id)
    return notification
