"""HTTP bodies of notifications."""

from typing import Any
from uuid import UUID

from common.contracts.enums import Channel
from common.http import Schema, UtcDateTime

from notifications.deliveries.domain import NotificationStatus


class NotificationBody(Schema):
    """`context` is what the template was told: ids, codes, amounts and dates. `failureReason` is a code.

    `templateVersion` is the wording it was sent in, null until then.
    """

    id: UUID
    recipient_id: UUID
    channel: Channel
    template_id: str
    template_version: str | None
    context: dict[str, Any]
    status: NotificationStatus
    sent_at: UtcDateTime | None
    delivered_at: UtcDateTime | None
    failure_reason: str | None
    external_id: str | None
    case_id: UUID | None
    created_at: UtcDateTime
    updated_at: UtcDateTime


class NotificationFilter(Schema):
    """What a list of notifications is narrowed by."""

    status: NotificationStatus | None = None
    channel: Channel | None = None
