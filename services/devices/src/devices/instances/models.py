"""Table of DeviceInstance."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from common.db import Entity, Versioned, enum_column
from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from devices.instances.domain import IN_SERVICE, OUT_OF_SERVICE, DeviceEventKind, DeviceStatus
from devices.tables import Base

SERIAL_LENGTH = 100


class DeviceInstance(Versioned, Base):
    """A device handed over. `product_family` decides how soon a repair is due; None where the delivery did not say."""

    __tablename__ = "device_instances"
    __table_args__ = (
        CheckConstraint("serial_number = btrim(serial_number) AND serial_number <> ''", name="serial_number_given"),
        CheckConstraint("(status = 'REPLACED') = (replaced_by_id IS NOT NULL)", name="replacement_known"),
        CheckConstraint("replaced_by_id <> id", name="not_replaced_by_itself"),
        Index("ix_device_instances_unsafe", "id", postgresql_where=text("unsafe_since IS NOT NULL")),
    )

    case_id: Mapped[UUID] = mapped_column(index=True)
    patient_id: Mapped[UUID] = mapped_column(index=True)
    product_id: Mapped[UUID] = mapped_column(index=True)
    product_family: Mapped[str | None] = mapped_column(String(200))
    serial_number: Mapped[str] = mapped_column(String(SERIAL_LENGTH), unique=True)
    delivered_at: Mapped[datetime]
    warranty_end_date: Mapped[date | None]
    status: Mapped[DeviceStatus] = mapped_column(enum_column(DeviceStatus), index=True, default=DeviceStatus.ACTIVE)
    unsafe_since: Mapped[datetime | None]
    current_location: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    replaced_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("device_instances.id"), index=True)

    @property
    def in_service(self) -> bool:
        return self.status in IN_SERVICE

    @property
    def out_of_service(self) -> bool:
        return self.status in OUT_OF_SERVICE

    @property
    def is_unsafe(self) -> bool:
        return self.unsafe_since is not None


class DeviceHistory(Entity, Base):
    """What became of a device, traced for ten years: rows are only ever added, the database refuses the rest."""

    __tablename__ = "device_history"
    __table_args__ = (Index("ix_device_history_device_id_id", "device_id", "id"),)

    device_id: Mapped[UUID] = mapped_column(ForeignKey("device_instances.id"))
    kind: Mapped[DeviceEventKind] = mapped_column(enum_column(DeviceEventKind))
    actor_id: Mapped[UUID | None]
    details: Mapped[dict[str, Any]]
