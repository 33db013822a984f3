"""Handing a notification over: once, as far as the provider lets us.

It happens outside any transaction: the row is marked as being sent, the provider is called, the outcome is stored.
Killed after the provider took the message and before that is stored, the job runs again and hands the message over
again under the same idempotency key: Brevo recognises the key for about a quarter of an hour, Twilio and SMTP do not,
so in that narrow window a message may arrive twice. It is never lost.
"""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from common.clock import now
from common.contracts.enums import Channel
from common.events.retry import PermanentError, TryLater

from notifications.addresses import repository as addresses
from notifications.addresses.domain import address_index
from notifications.catalogue import repository as catalogue
from notifications.catalogue.domain import TEMPLATES, Template, TemplateId
from notifications.catalogue.rendering import Message, Minted
from notifications.deliveries import outcomes, repository
from notifications.deliveries.domain import Hold, NotificationStatus, Reason, idempotency_key
from notifications.deliveries.models import Notification
from notifications.identity import Recipient
from notifications.metrics import HANDED_OVER
from notifications.providers.messages import Mail, Refused, Sms, Taken, Unreachable
from notifications.reports import service as reports
from notifications.resources import NotificationsResources

_HAND_OVER_SECONDS = 60.0
"""How long providers are given, pauses and failover included."""
_SENDING = timedelta(seconds=90)
"""Longer than handing over can take; after it, a sender is taken for dead."""

log = structlog.get_logger(__name__)


async def deliver(resources: NotificationsResources, notification_id: UUID, *, attempt: int = 1) -> None:
    """Render a pending notification and hand it to a provider; does nothing for one that is not pending, or waits.

    `Unreachable`, `Unavailable` and `TryLater` are for the queue to try again; a refusal makes it FAILED.
    """
    begun = await _start(resources, notification_id)
    if begun is None:
        return
    try:
        index, taken = await _hand_over(resources, begun, attempt)
    except _Undeliverable as undeliverable:
        await fail(resources, notification_id, undeliverable.reason, dead_index=undeliverable.dead_index)
    except BaseException:
        await _let_go(resources, notification_id)
        raise
    else:
        await _sent(resources, begun, index, taken)


class _Undeliverable(Exception):
    """It will never be taken; `dead_index` when that is because of the address."""

    def __init__(self, reason: str, dead_index: str | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.dead_index = dead_index


@dataclass(frozen=True, slots=True)
class _Begun:
    """A notification that is ours to send, and the hashes of its recipient's addresses that nothing reaches."""

    notification: Notification
    dead: set[str]


async def _start(resources: NotificationsResources, notification_id: UUID) -> _Begun | None:
    """Mark it as being sent; None when it is not pending any more, waits, or is told in a digest."""
    async with resources.database.transaction() as session:
        notification = await repository.locked(session, notification_id)
        if notification is None:
            raise PermanentError(f"there is no notification {notification_id}")
        if notification.status is not NotificationStatus.PENDING or notification.digest_id is not None:
            return None
        if notification.is_being_sent(now()):
            raise TryLater(f"notification {notification_id} is being sent")
        if notification.held_until is not None and notification.held_until > now():
            return None
        if (morning := _quiet_until(resources, notification)) is not None:
            notification.hold(Hold.QUIET_HOURS, morning)
            return None
        notification.release()
        notification.sending_until = now() + _SENDING
        return _Begun(notification, await addresses.dead_of(session, notification.recipient_id, notification.channel))


def _quiet_until(resources: NotificationsResources, notification: Notification) -> datetime | None:
    quiet, template = resources.settings.quiet_hours, TEMPLATES[TemplateId(notification.template_id)]
    if quiet is None or notification.channel is not Channel.SMS or template.is_awaited:
        return None
    return quiet.until(now())


async def _hand_over(resources: NotificationsResources, begun: _Begun, attempt: int) -> tuple[str, Taken]:
    notification = begun.notification
    template = TEMPLATES[TemplateId(notification.template_id)]
    recipient = await resources.directory.of_user(notification.recipient_id)
    if recipient is None:
        raise _Undeliverable(Reason.RECIPIENT_GONE)
    address = _address(recipient, notification.channel, template)
    index = address_index(resources.blind_index, notification.channel, address)
    if index in begun.dead:
        raise _Undeliverable(Reason.ADDRESS_UNUSABLE)
    message = await _render(resources, notification, template, recipient)
    key = idempotency_key(notification.id, notification.retries)
    try:
        async with asyncio.timeout(_HAND_OVER_SECONDS):
            return index, await _send(resources, notification, message, address, key, attempt)
    except Refused as refused:
        raise _Undeliverable(refused.reason, index if refused.dead else None) from refused
    except TimeoutError as error:
        raise Unreachable("the provider takes too long") from error


async def _send(
    resources: NotificationsResources,
    notification: Notification,
    message: Message,
    address: str,
    key: UUID,
    attempt: int,
) -> Taken:
    if notification.channel is Channel.SMS:
        return await resources.sms.send(Sms(to=address, text=message.sms, key=key), attempt=attempt)
    mail = Mail(
        to=address,
        subject=message.subject,
        html=message.html,
        text=message.text,
        tag=notification.template_id,
        key=key,
        unsubscribe=message.unsubscribe,
    )
    return await resources.mail.send(mail, attempt=attempt)


def _address(recipient: Recipient, channel: Channel, template: Template) -> str:
    """Where it goes; undeliverable when that was not verified, for what tells of a file is for the right eyes only."""
    if channel is Channel.SMS:
        if not recipient.phone or not (recipient.phone_verified or template.to_unverified):
            raise _Undeliverable(Reason.PHONE_NOT_VERIFIED)
        return recipient.phone
    if not (recipient.email_verified or template.to_unverified):
        raise _Undeliverable(Reason.EMAIL_NOT_VERIFIED)
    return recipient.email


async def _render(
    resources: NotificationsResources, notification: Notification, template: Template, recipient: Recipient
) -> Message:
    minted = Minted()
    if template.link is not None:
        link = await resources.directory.mint_link(recipient.user_id, template.link)
        if link is None:
            raise _Undeliverable(Reason.NOTHING_TO_SEND)
        minted = Minted(link=link.url, expires_at=link.expires_at)
    if template.code:
        code = await resources.directory.mint_phone_code(recipient.user_id)
        if code is None:
            raise _Undeliverable(Reason.NOTHING_TO_SEND)
        minted = Minted(code=code.code, expires_at=code.expires_at)
    return resources.renderer.render(
        TemplateId(notification.template_id),
        recipient.language,
        notification.context,
        first_name=recipient.first_name,
        as_proxy=notification.as_proxy,
        minted=minted,
        channel=notification.channel,
        unsubscribe=resources.unsubscribe_url(recipient.user_id) if template.optional else None,
    )


async def _sent(resources: NotificationsResources, begun: _Begun, index: str, taken: Taken) -> None:
    notification_id, template = begun.notification.id, TemplateId(begun.notification.template_id)
    version = await _kept_version(resources, template)
    HANDED_OVER.labels(begun.notification.channel).observe((now() - begun.notification.created_at).total_seconds())
    async with resources.database.transaction() as session:
        if taken.external_id is not None:
            await repository.lock_external_id(session, taken.external_id)
        notification = await repository.locked(session, notification_id)
        if notification is None or notification.status is not NotificationStatus.PENDING:
            return
        notification.provider, notification.external_id = taken.provider, taken.external_id
        notification.address_index = index
        notification.template_version = version
        await outcomes.settle(session, notification, NotificationStatus.SENT)
        await reports.catch_up(session, notification)


async def _kept_version(resources: NotificationsResources, template: TemplateId) -> str:
    """The wording that the template has now, kept where it is new."""
    version = resources.renderer.version(template)
    if (template, version) not in resources.kept_versions:
        async with resources.database.transaction() as session:
            await catalogue.keep(session, template, version, resources.renderer.files(template))
        resources.kept_versions.add((template, version))
    return version


async def fail(
    resources: NotificationsResources, notification_id: UUID, reason: str, *, dead_index: str | None = None
) -> None:
    """Give a pending notification up; `reason` is shown to staff and holds nothing personal.

    `dead_index` is the hash of the address where that is what nothing can be sent to any more.
    """
    async with resources.database.transaction() as session:
        notification = await repository.locked(session, notification_id)
        if notification is None or notification.status is not NotificationStatus.PENDING:
            return
        await outcomes.settle(session, notification, NotificationStatus.FAILED, reason=reason)
        if dead_index is not None:
            notification.address_index = dead_index
            await outcomes.give_address_up(session, notification, reason)
    log.warning("notification_failed", notification=str(notification_id), reason=reason)


async def _let_go(resources: NotificationsResources, notification_id: UUID) -> None:
    async with resources.database.transaction() as session:
        notification = await repository.locked(session, notification_id)
        if notification is not None:
            notification.sending_until = None
