"""Events of the notifications service."""

from typing import ClassVar
from uuid import UUID

from common.contracts.enums import Channel
from common.events.contract import Event


class NotificationEvent(Event):
    """`case_id` is set when the notification is about a case; such events show in the case's timeline."""

    service: ClassVar[str] = "notifications"
    notification_id: UUID
    recipient_id: UUID
    channel: Channel
    template_id: str
    case_id: UUID | None


class NotificationSentV1(NotificationEvent):
    name: ClassVar[str] = "notification.sent"


class NotificationDeliveredV1(NotificationEvent):
    name: ClassVar[str] = "notification.delivered"


class NotificationFailedV1(NotificationEvent):
    name: ClassVar[str] = "notification.failed"


class NotificationBouncedV1(NotificationEvent):
    name: ClassVar[str] = "notification.bounced"


class AddressUnusableV1(Event):
    """Nothing reaches a user's mail address or number any more: it is not used again, and OPS is told."""

    service: ClassVar[str] = "notifications"
    name: ClassVar[str] = "address.unusable"
    user_id: UUID
    channel: Channel
    notification_id: UUID


class CallRequestedV1(Event):
    """Somebody who wants to be called was written to, by the template `about`: OPS is to call."""

    service: ClassVar[str] = "notifications"
    name: ClassVar[str] = "call.requested"
    user_id: UUID
    about: str
    case_id: UUID | None
