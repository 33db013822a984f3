"""Use cases of notifications: made once, handed over once as far as the provider lets us, read, sent again.

Handing over happens outside any transaction: the row is marked as being sent, the provider is called, the outcome is
stored. Killed after the provider took the message and before that is stored, the job runs again and hands the message
over again under the same idempotency key: Brevo recognises the key for about a quarter of an hour, Twilio does not, so
in that narrow window an SMS may arrive twice. It is never lost.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import structlog
from common import audit
from common.auth import Actor
from common.clock import now
from common.contracts.enums import Channel
from common.contracts.jobs import DeliverNotificationV1
from common.contracts.notifications import NotificationEvent, NotificationFailedV1, NotificationSentV1
from common.errors import NotFound
from common.events import outbox
from common.events.retry import PermanentError, TryLater
from sqlalchemy.ext.asyncio import AsyncSession

from notifications import identity
from notifications.catalogue.domain import TEMPLATES, Template, TemplateId
from notifications.catalogue.rendering import Message, Minted
from notifications.deliveries import policies, repository
from notifications.deliveries.domain import NotificationStatus, Reason, idempotency_key
from notifications.deliveries.models import Notification
from notifications.identity import Recipient
from notifications.providers.brevo import Mail
from notifications.providers.transport import Refused
from notifications.providers.twilio import Sms
from notifications.resources import NotificationsResources

_SENDING = timedelta(seconds=90)
"""Longer than the provider's time-outs and pauses together; after it, a sender is taken for dead."""

log = structlog.get_logger(__name__)


async def notify(session: AsyncSession, values: dict[str, Any]) -> None:
    """Make a notification with the columns `values` and have it delivered, unless it was made before."""
    identifier = await repository.add_once(session, values)
    if identifier is not None:
        outbox.record(session, DeliverNotificationV1(notification_id=identifier), of=identifier)


async def deliver(resources: NotificationsResources, notification_id: UUID) -> None:
    """Render a pending notification and hand it to its provider; does nothing for one that is not pending.

    `Unreachable`, `Unavailable` and `TryLater` are for the queue to try again; a refusal makes it FAILED.
    """
    notification = await _start(resources, notification_id)
    if notification is None:
        return
    try:
        external_id = await _hand_over(resources, notification)
    except Refused as refused:
        await fail(resources, notification_id, refused.reason)
    except BaseException:
        await _release(resources, notification_id)
        raise
    else:
        await _sent(resources, notification_id, external_id)


async def _start(resources: NotificationsResources, notification_id: UUID) -> Notification | None:
    """Mark it as being sent; None when it is not pending any more."""
    async with resources.database.transaction() as session:
        notification = await repository.locked(session, notification_id)
        if notification is None:
            raise PermanentError(f"there is no notification {notification_id}")
        if notification.status is not NotificationStatus.PENDING:
            return None
        if notification.is_being_sent(now()):
            raise TryLater(f"notification {notification_id} is being sent")
        notification.sending_until = now() + _SENDING
        return notification


async def _hand_over(resources: NotificationsResources, notification: Notification) -> str | None:
    template = TEMPLATES[TemplateId(notification.template_id)]
    recipient = await identity.of_user(resources.services, notification.recipient_id)
    if recipient is None:
        raise Refused(Reason.RECIPIENT_GONE)
    address = _address(recipient, notification.channel, template)
    message = await _render(resources, notification, template, recipient)
    key = idempotency_key(notification.id, notification.retries)
    if notification.channel is Channel.SMS:
        return await resources.sms.send(Sms(to=address, text=message.sms, key=key))
    return await resources.mail.send(
        Mail(
            to=address,
            subject=message.subject,
            html=message.html,
            text=message.text,
            tag=notification.template_id,
            key=key,
        )
    )


def _address(recipient: Recipient, channel: Channel, template: Template) -> str:
    """Where it goes; `Refused` when that was not verified, for what tells of a file is for the right eyes only."""
    if channel is Channel.SMS:
        if not recipient.phone or not (recipient.phone_verified or template.to_unverified):
            raise Refused(Reason.PHONE_NOT_VERIFIED)
        return recipient.phone
    if not (recipient.email_verified or template.to_unverified):
        raise Refused(Reason.EMAIL_NOT_VERIFIED)
    return recipient.email


async def _render(
    resources: NotificationsResources, notification: Notification, template: Template, recipient: Recipient
) -> Message:
    minted = Minted()
    if template.link is not None:
        link = await identity.mint_link(resources.services, recipient.user_id, template.link)
        if link is None:
            raise Refused(Reason.NOTHING_TO_SEND)
        minted = Minted(link=link.url, expires_at=link.expires_at)
    if template.code:
        code = await identity.mint_phone_code(resources.services, recipient.user_id)
        if code is None:
            raise Refused(Reason.NOTHING_TO_SEND)
        minted = Minted(code=code.code, expires_at=code.expires_at)
    return resources.renderer.render(
        TemplateId(notification.template_id),
        recipient.language,
        notification.context,
        first_name=recipient.first_name,
        as_proxy=notification.as_proxy,
        minted=minted,
        channel=notification.channel,
    )


async def _sent(resources: NotificationsResources, notification_id: UUID, external_id: str | None) -> None:
    async with resources.database.transaction() as session:
        notification = await repository.locked(session, notification_id)
        if notification is None or notification.status is not NotificationStatus.PENDING:
            return
        notification.sending_until = None
        notification.become(NotificationStatus.SENT)
        notification.sent_at = now()
        notification.external_id = external_id
        outbox.record(session, _event(NotificationSentV1, notification), of=notification)


async def fail(resources: NotificationsResources, notification_id: UUID, reason: str) -> None:
    """Give a pending notification up; `reason` is shown to staff and holds nothing personal."""
    async with resources.database.transaction() as session:
        notification = await repository.locked(session, notification_id)
        if notification is None or notification.status is not NotificationStatus.PENDING:
            return
        notification.sending_until = None
        notification.become(NotificationStatus.FAILED)
        notification.failure_reason = reason
        outbox.record(session, _event(NotificationFailedV1, notification), of=notification)
    log.warning("notification_failed", notification=str(notification_id), reason=reason)


async def _release(resources: NotificationsResources, notification_id: UUID) -> None:
    async with resources.database.transaction() as session:
        notification = await repository.locked(session, notification_id)
        if notification is not None:
            notification.sending_until = None


def _event(kind: type[NotificationEvent], notification: Notification) -> NotificationEvent:
    return kind(
        notification_id=notification.id,
        recipient_id=notification.recipient_id,
        channel=notification.channel,
        template_id=notification.template_id,
        case_id=notification.case_id,
    )


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
    """Send a failed or bounced notification again; `Conflict` for any other."""
    policies.may_retry(actor)
    notification = await repository.locked(session, notification_id)
    if notification is None:
        raise NotFound("Notification")
    before = {"status": notification.status.value, "failureReason": notification.failure_reason}
    notification.become(NotificationStatus.PENDING)
    notification.failure_reason = None
    notification.retries += 1
    await session.flush()
    after = {"status": notification.status.value, "failureReason": None}
    changes = audit.changed(before, after)
    audit.record(session, "notifications", "notification.retry", "Notification", notification.id, changes)
    outbox.record(session, DeliverNotificationV1(notification_id=notification.id), of=notification.id)
    return notification
