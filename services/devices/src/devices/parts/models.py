"""Table of PartUsage."""

from decimal import Decimal
from uuid import UUID

from common.db import Entity
from common.money import cents
from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from devices.tables import Base


class PartUsage(Entity, Base):
    __tablename__ = "part_usages"
    __table_args__ = (
        CheckConstraint("quantity >= 1", name="quantity_at_least_one"),
        CheckConstraint("unit_cost >= 0", name="unit_cost_not_negative"),
    )

    ticket_id: Mapped[UUID] = mapped_column(ForeignKey("service_tickets.id"), index=True)
    visit_id: Mapped[UUID | None] = mapped_column(ForeignKey("technician_visits.id"), index=True)
    part_sku: Mapped[str] = mapped_column(String(100), index=True)
    part_name: Mapped[str] = mapped_column(String(200))
    quantity: Mapped[int]
    unit_cost: Mapped[Decimal]

    @property
    def cost(self) -> Decimal:
        """EUR, for all of them."""
        return cents(self.quantity * self.unit_cost)
