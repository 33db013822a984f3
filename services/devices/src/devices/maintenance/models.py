"""Tables of MaintenanceContract and of the forfaits in force."""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from common.contracts.enums import ContractType
from common.db import Versioned, enum_column
from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from devices.maintenance.domain import ContractStatus
from devices.tables import Base


class MaintenanceContract(Versioned, Base):
    __tablename__ = "maintenance_contracts"
    __table_args__ = (
        CheckConstraint("annual_forfait >= 0", name="annual_forfait_not_negative"),
        CheckConstraint("renewal_date > start_date", name="renewal_after_start"),
        Index("uq_maintenance_contracts_active", "device_id", unique=True, postgresql_where=text("status = 'ACTIVE'")),
    )

    device_id: Mapped[UUID] = mapped_column(ForeignKey("device_instances.id"), index=True)
    contract_type: Mapped[ContractType] = mapped_column(enum_column(ContractType))
    start_date: Mapped[date]
    renewal_date: Mapped[date] = mapped_column(index=True)
    annual_forfait: Mapped[Decimal]
    status: Mapped[ContractStatus] = mapped_column(
        enum_column(ContractStatus), index=True, default=ContractStatus.ACTIVE
    )
    last_service_date: Mapped[date | None]
    renewal_reminded_for: Mapped[date | None]
    """The renewal date that was last reminded of."""
    service_reminded_since: Mapped[date | None]
    """What the due date counted from when a service was last reminded of."""
    cancelled_at: Mapped[datetime | None]
    cancellation_reason: Mapped[str | None]

    @property
    def served_since(self) -> date:
        """The day the next service is counted from."""
        return self.last_service_date or self.start_date


class MaintenanceForfait(Base):
    """The yearly repair amount of a contract type from a day on: a decree adds a row and changes no past year."""

    __tablename__ = "maintenance_forfaits"
    __table_args__ = (CheckConstraint("amount >= 0", name="amount_not_negative"),)

    contract_type: Mapped[ContractType] = mapped_column(enum_column(ContractType), primary_key=True)
    valid_from: Mapped[date] = mapped_column(primary_key=True)
    amount: Mapped[Decimal]
