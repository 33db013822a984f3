"""What was handed over."""

from decimal import Decimal
from uuid import UUID

from common.contracts.enums import ContractType
from common.db import Entity, enum_column
from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from cases.tables import Base


class DeliveredDevice(Entity, Base):
    """One product with its serial number; the maintenance terms are those of the day it was handed over."""

    __tablename__ = "delivered_devices"

    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"), index=True)
    product_id: Mapped[UUID] = mapped_column(ForeignKey("products.id"))
    serial_number: Mapped[str] = mapped_column(String(100), unique=True)
    contract_type: Mapped[ContractType | None] = mapped_column(enum_column(ContractType))
    annual_forfait: Mapped[Decimal | None]
