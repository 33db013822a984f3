"""The table of those who unsubscribed."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import func
from sqlalchemy.orm import Mapped, mapped_column

from notifications.tables import Base


class Unsubscription(Base):
    """While it stands, `user_id` gets no message of an optional template."""

    __tablename__ = "unsubscriptions"

    user_id: Mapped[UUID] = mapped_column(primary_key=True)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
