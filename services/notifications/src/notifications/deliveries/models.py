"""The table of section Notification."""

from datetime import datetime
from typing import Any
from uuid import UUID

from common.contracts.enums import Channel
from common.db import Versioned, enum_column
from common.errors import Conflict
from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from notifications.deliveries.domain import Hold, NotificationStatus, may_become
from notifications.tables import Base


class Notification(Versioned, Base):
    """`context` holds ids, codes, amounts and dates; who the recipient is, only identity knows.

    `as_proxy`: the recipient is told for the patient they stand for. `sending_until`: while it lies in the future,
    somebody is handing the message over. `held_for`, `held_until`: why it waits and how long. `digest_id`: the
    notification that tells it together with others. `template_version` is the wording it was sent in, `provider` took
    it, and `address_index` is the keyed hash of where it went. `retries` counts what staff asked for, not the attempts
    of the queue.
    """

    __tablename__ = "notifications"
    __table_args__ = (
        UniqueConstraint("event_id", "recipient_id", "channel", "template_id"),
        CheckConstraint("status NOT IN ('SENT', 'DELIVERED') OR sent_at IS NOT NULL", name="sent_at"),
        CheckConstraint("status <> 'DELIVERED' OR delivered_at IS NOT NULL", name="delivered_at"),
        CheckConstraint("status NOT IN ('FAILED', 'BOUNCED') OR failure_reason IS NOT NULL", name="failure_reason"),
        CheckConstraint("(held_for IS NULL) = (held_until IS NULL)", name="held"),
        Index("ix_notifications_recipient_id_id", "recipient_id", "id"),
        Index("ix_notifications_created_at", "created_at"),
        Index("ix_notifications_held_until", "held_until", postgresql_where="held_until IS NOT NULL"),
    )

    recipient_id: Mapped[UUID]
    channel: Mapped[Channel] = mapped_column(enum_column(Channel), index=True)
    template_id: Mapped[str] = mapped_column(String(100), index=True)
    context: Mapped[dict[str, Any]]
    status: Mapped[NotificationStatus] = mapped_column(
        enum_column(NotificationStatus), default=NotificationStatus.PENDING, index=True
    )
    sent_at: Mapped[datetime | None]
    delivered_at: Mapped[datetime | None]
    failure_reason: Mapped[str | None]
    external_id: Mapped[str | None] = mapped_column(String(200), index=True)

    announcement_id: Mapped[UUID | None] = mapped_column(ForeignKey("announcements.id"), index=True)
    event_id: Mapped[UUID]
    case_id: Mapped[UUID | None] = mapped_column(index=True)
    as_proxy: Mapped[bool] = mapped_column(default=False)
    template_version: Mapped[str | None] = mapped_column(String(12))
    provider: Mapped[str | None] = mapped_column(String(40))
    address_index: Mapped[str | None] = mapped_column(String(64))
    retries: Mapped[int] = mapped_column(default=0)
    sending_until: Mapped[datetime | None]
    held_for: Mapped[Hold | None] = mapped_column(enum_column(Hold))
    held_until: Mapped[datetime | None]
    digest_id: Mapped[UUID | None] = mapped_column(ForeignKey("notifications.id"), index=True)

    def is_being_sent(self, at: datetime) -> bool:
        """Whether somebody is handing it over at that moment."""
        return self.sending_until is not None and self.sending_until > at

    def hold(self, why: Hold, until: datetime) -> None:
        """Keep it back until that moment."""
        self.held_for, self.held_until = why, until

    def release(self) -> None:
        """Keep it back no longer."""
        self.held_for = self.held_until = None

    def become(self, to: NotificationStatus) -> None:
        """Change the status; `Conflict` when that is not a move it may make."""
        if not may_become(self.status, to):
            raise Conflict(f"A notification that is {self.status} cannot become {to}", code="BIZ_NOTIFICATION_STATE")
        self.status = to
