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
