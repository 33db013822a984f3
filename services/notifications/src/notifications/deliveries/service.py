"""Use cases of notifications: made once, read, sent again. Handing them over is in `sending`."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from common import audit
from common.auth import Actor
from common.clock import now
from common.contracts.enums import Channel
from common.contracts.jobs import DeliverNotificationV1
from common.errors import NotFound
from common.events import outbox
from common.ids import new_id
from sqlalchemy.ext.asyncio import AsyncSession

from notifications.addresses import repository as addresses
from notifications.deliveries import policies, repository
from notifications.deliveries.domain import DigestRule, Hold, NotificationStatus
from notifications.deliveries.models import Notification


@dataclass(frozen=True, slots=True)
class New:
    """The columns of a notification to be made, and whether it may wait for a digest."""

    columns: Mapping[str, Any]
    may_wait: bool

    @property
    def recipient_id(self) -> UUID:
        return UUID(str(self.columns["recipient_id"]))

    @property
    def is_mail(self) -> bool:
        return self.columns["channel"] is Channel.EMAIL


async def notify(session: AsyncSession, new: Sequence[New], rule: DigestRule) -> None:
    """Make notifications and have them delivered, but for those that were made before.

    `rule` says from how many mails on a recipient gets the next ones together, as far as they may wait.
    """
    if not new:
        return
    mails = await _mails(session, {each.recipient_id for each in new if each.is_mail and each.may_wait}, rule)
    rows = []
    for each in new:
        waits = each.is_mail and each.may_wait and rule.is_reached(mails[each.recipient_id])
        mails[each.recipient_id] += each.is_mail
        held = (Hold.DIGEST, now() + rule.within) if waits else (None, None)
        rows.append({**each.columns, "id": new_id(), "held_for": held[0], "held_until": held[1]})
    waiting = {row["id"] for row in rows if row["held_for"] is not None}
    for identifier in await repository.add_once(session, rows):
        if identifier not in waiting:
            outbox.record(session, DeliverNotificationV1(notification_id=identifier), of=identifier)


async def _mails(session: AsyncSession, recipient_ids: set[UUID], rule: DigestRule) -> Counter[UUID]:
    """How many mails each has got lately, counted without others adding to it meanwhile."""
    if not recipient_ids:
        return Counter()
    await repository.lock_recipients(session, sorted(recipient_ids))
    return await repository.mails_since(session, recipient_ids, rule.since(now()))


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
