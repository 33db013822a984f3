"""States of a notification, and the channel it takes."""

from enum import StrEnum
from uuid import UUID, uuid5

from common.contracts.enums import Channel


class NotificationStatus(StrEnum):
    PENDING = "PENDING"
    SENT = "SENT"
    DELIVERED = "DELIVERED"
    FAILED = "FAILED"
    BOUNCED = "BOUNCED"


class Reason(StrEnum):
    """Why a notification failed, where it is not the provider's own code. Codes, never addresses."""

    RECIPIENT_GONE = "RECIPIENT_GONE"
    EMAIL_NOT_VERIFIED = "EMAIL_NOT_VERIFIED"
    PHONE_NOT_VERIFIED = "PHONE_NOT_VERIFIED"
    NOTHING_TO_SEND = "NOTHING_TO_SEND"
    GAVE_UP = "GAVE_UP"


_MOVES = {
    NotificationStatus.PENDING: {NotificationStatus.SENT, NotificationStatus.FAILED},
    NotificationStatus.SENT: {NotificationStatus.DELIVERED, NotificationStatus.BOUNCED, NotificationStatus.FAILED},
    NotificationStatus.DELIVERED: {NotificationStatus.BOUNCED},
    NotificationStatus.FAILED: {NotificationStatus.PENDING},
    NotificationStatus.BOUNCED: {NotificationStatus.PENDING},
}


def may_become(status: NotificationStatus, to: NotificationStatus) -> bool:
    """Whether a notification in `status` may go to `to`; a mailbox may take a mail and send it back later."""
    return to in _MOVES[status]


def channels_for(offered: frozenset[Channel], *, urgent: bool, prefers_sms: bool, phone_verified: bool) -> set[Channel]:
    """The channels one recipient is told by, out of those a template is `offered` in.

    SMS only to a verified phone, and then only when preferred, falling back to mail; an urgent message goes by every
    channel there is. A template offered in one channel alone takes it.
    """
    if len(offered) == 1:
        return set(offered)
    if urgent:
        return set(offered) if phone_verified else {Channel.EMAIL}
    return {Channel.SMS} if prefers_sms and phone_verified else {Channel.EMAIL}


def idempotency_key(notification_id: UUID, retries: int) -> UUID:
    """What tells the provider that it has had this message before; a retry asked for by staff is a new message."""
    return uuid5(notification_id, str(retries)) if retries else notification_id
