"""Table of break-glass grants."""

from datetime import datetime
from uuid import UUID

from common.db import Entity
from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from identity.tables import Base


class BreakGlassGrant(Entity, Base):
    __tablename__ = "break_glass_grants"
    __table_args__ = (Index("ix_break_glass_grants_in_force", "user_id", "patient_id", "expires_at"),)

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    patient_id: Mapped[UUID] = mapped_column(ForeignKey("patient_profiles.id"), index=True)
    justification: Mapped[str]
    """Encrypted: it may tell of the patient's health."""
    expires_at: Mapped[datetime]
