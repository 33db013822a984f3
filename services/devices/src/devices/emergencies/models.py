"""The table of grants in force."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from devices.tables import Base


class EmergencyAccess(Base):
    """A grant as identity told of it."""

    __tablename__ = "emergency_accesses"
    __table_args__ = (Index("ix_emergency_accesses_user_id", "user_id", "patient_id", "expires_at"),)

    grant_id: Mapped[UUID] = mapped_column(primary_key=True)
    user_id: Mapped[UUID]
    patient_id: Mapped[UUID]
    expires_at: Mapped[datetime]
