"""Table of Recall."""

from uuid import UUID

from common.contracts.enums import Severity
from common.db import Versioned, enum_column
from sqlalchemy import CheckConstraint, String
from sqlalchemy.orm import Mapped, mapped_column

from devices.instances.models import SERIAL_LENGTH
from devices.recalls.domain import Lot, RecallStatus
from devices.tables import Base
from devices.tickets.domain import TicketCategory


class Recall(Versioned, Base):
    __tablename__ = "recalls"
    __table_args__ = (
        CheckConstraint("product_id IS NOT NULL OR serial_from IS NOT NULL", name="concerns_something"),
        CheckConstraint("(serial_from IS NULL) = (serial_to IS NULL)", name="range_has_two_ends"),
    )

    reference: Mapped[str] = mapped_column(String(100), unique=True)
    product_id: Mapped[UUID | None] = mapped_column(index=True)
    serial_from: Mapped[str | None] = mapped_column(String(SERIAL_LENGTH))
    serial_to: Mapped[str | None] = mapped_column(String(SERIAL_LENGTH))
    reason: Mapped[str]
    category: Mapped[TicketCategory] = mapped_column(enum_column(TicketCategory))
    severity: Mapped[Severity] = mapped_column(enum_column(Severity))
    is_safety_issue: Mapped[bool]
    status: Mapped[RecallStatus] = mapped_column(enum_column(RecallStatus), index=True, default=RecallStatus.OPENING)
    opened_by: Mapped[UUID]

    @property
    def lot(self) -> Lot:
        return Lot(self.product_id, self.serial_from, self.serial_to)
