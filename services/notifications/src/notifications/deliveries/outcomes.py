"""What became of a notification, stored and told; those that a digest tells share its fate."""

from collections.abc import Mapping

from common.clock import now
from common.contracts.notifications import (
    NotificationBouncedV1,
    NotificationDeliveredV1,
    NotificationEvent,
    NotificationFailedV1,
    NotificationSentV1,
)
from common.events import outbox
from sqlalchemy.ext.asyncio import AsyncSession

from notifications.addresses import service as addresses
from notifications.catalogue.domain import TemplateId
from notifications.deliveries import repository
from notifications.deliveries.domain import NotificationStatus, may_become
from notifications.deliveries.models import Notification
from notifications.metrics import NOTIFICATIONS

_EVENTS: Mapping[NotificationStatus, type[NotificationEvent]] = {
    NotificationStatus.SENT: NotificationSentV1,
    NotificationStatus.DELIVERED: NotificationDeliveredV1,
    NotificationStatus.FAILED: NotificationFailedV1,
    NotificationStatus.BOUNCED: NotificationBouncedV1,
}


async def settle(
    session: AsyncSession, notification: Notification, to: NotificationStatus, *, reason: str | None = None
) -> None:
    """Change the status of a locked notification and record the event; `Conflict` for a move it may not make.

    `reason` says why it failed or came back.
    """
    _become(session, notification, to, reason)
    if notification.template_id != TemplateId.DIGEST:
        return
    for told in await repository.told_by(session, notification):
        told.provider, told.address_index = notification.provider, notification.address_index
        if may_become(told.status, to):
            _become(session, told, to, reason)


async def give_address_up(session: AsyncSession, notification: Notification, reason: str) -> None:
    """Write no more to where this notification went."""
    if notification.address_index is not None:
        await addresses.give_up(
            session,
            channel=notification.channel,
            index=notification.address_index,
            user_id=notification.recipient_id,
            notification_id=notification.id,
            reason=reason,
        )


def _become(session: AsyncSession, notification: Notification, to: NotificationStatus, reason: str | None) -> None:
    notification.become(to)
    notification.sending_until = None
    notification.failure_reason = reason
    if to is NotificationStatus.SENT:
        notification.sent_at = now()
    if to is NotificationStatus.DELIVERED:
        notification.delivered_at = now()
    event = _EVENTS[to](
        notification_id=notification.id,
        recipient_id=notification.recipient_id,
        channel=notification.channel,
        template_id=notification.template_id,
        case_id=notification.case_id,
    )
    outbox.record(session, event, of=notification)
    NOTIFICATIONS.labels(notification.channel, to).inc()
