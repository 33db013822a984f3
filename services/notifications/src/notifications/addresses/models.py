"""The table of dead addresses."""

from uuid import UUID

from common.contracts.enums import Channel
from common.db import Entity, enum_column
from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from notifications.tables import Base


class DeadAddress(Entity, Base):
    """`address_index` is the keyed hash of a mail address or a number (`common.crypto.BlindIndex`), never itself.

    `user_id` is whose it was, `notification_id` what came back, `reason` the provider's code.
    """

    __tablename__ = "dead_addresses"
    __table_args__ = (UniqueConstraint("channel", "address_index"),)

    channel: Mapped[Channel] = mapped_column(enum_column(Channel))
    address_index: Mapped[str] = mapped_column(String(64))
    user_id: Mapped[UUID] = mapped_column(index=True)
    notification_id: Mapped[UUID] = mapped_column(ForeignKey("notifications.id"), index=True)
    reason: Mapped[str] = mapped_column(String(200))
