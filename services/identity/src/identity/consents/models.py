"""Table of consents (section Consent); a trigger lets nothing change but `withdrawn_at`, once."""

from datetime import datetime
from uuid import UUID

from common.contracts.enums import ConsentType
from common.db import Entity, enum_column
from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from identity.tables import Base


class Consent(Entity, Base):
    __tablename__ = "consents"
    __table_args__ = (CheckConstraint("withdrawn_at >= consented_at", name="withdrawn_later"),)

    patient_id: Mapped[UUID] = mapped_column(ForeignKey("patient_profiles.id"), index=True)
    consent_type: Mapped[ConsentType] = mapped_column(enum_column(ConsentType), index=True)
    version: Mapped[str] = mapped_column(String(50), index=True)
    text_hash: Mapped[str] = mapped_column(String(64))
    ip_address: Mapped[str] = mapped_column(String(45))
    user_agent: Mapped[str] = mapped_column(String(500))
    given_by: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    """The patient's own user, or the proxy's."""
    consented_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]
