"""The table of consents to the use of health data."""

from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from devices.tables import Base


class HealthConsent(Base):
    """One consent as identity told of it. A withdrawal is final, so that word of it may come first."""

    __tablename__ = "health_consents"

    consent_id: Mapped[UUID] = mapped_column(primary_key=True)
    patient_id: Mapped[UUID] = mapped_column(index=True)
    withdrawn: Mapped[bool]
