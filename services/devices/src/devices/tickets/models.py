"""Tables of ServiceTicket and of its history."""

from datetime import datetime
from typing import Any
from uuid import UUID

from common.contracts.enums import Severity
from common.db import Entity, Versioned, enum_column
from sqlalchemy import CheckConstraint, Enum, ForeignKey, Index, Sequence, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from devices.instances.models import SERIAL_LENGTH, DeviceInstance
from devices.tables import Base
from devices.tickets.domain import UNSETTLED, HistoryKind, TicketCategory, TicketStatus

TICKET_NUMBERS = Sequence("ticket_numbers", metadata=Base.metadata)


class ServiceTicket(Versioned, Base):
    __tablename__ = "service_tickets"
    __table_args__ = (
        CheckConstraint("description <> ''", name="description_given"),
        CheckConstraint("(status = 'OPEN') <= (assigned_to IS NULL)", name="open_is_unassigned"),
        CheckConstraint(
            "status NOT IN ('ASSIGNED', 'IN_PROGRESS', 'PENDING_PARTS') OR assigned_to IS NOT NULL",
            name="work_has_a_technician",
        ),
        CheckConstraint("status <> 'RESOLVED' OR resolved_at IS NOT NULL", name="resolution_dated"),
        Index(
            "ix_service_tickets_unsettled",
            "device_id",
            "due_at",
            postgresql_where=text("status IN ('OPEN', 'ASSIGNED', 'IN_PROGRESS', 'PENDING_PARTS')"),
        ),
        Index("ix_service_tickets_assigned_to_device_id", "assigned_to", "device_id"),
        UniqueConstraint("recall_id", "device_id"),
    )

    ticket_number: Mapped[str] = mapped_column(String(20), unique=True)
    device_id: Mapped[UUID] = mapped_column(ForeignKey("device_instances.id"), index=True)
    reported_by: Mapped[UUID] = mapped_column(index=True)
    recall_id: Mapped[UUID | None] = mapped_column(ForeignKey("recalls.id"))
    category: Mapped[TicketCategory] = mapped_column(enum_column(TicketCategory))
    severity: Mapped[Severity] = mapped_column(enum_column(Severity), index=True)
    is_safety_issue: Mapped[bool] = mapped_column(default=False)
    description: Mapped[str]
    status: Mapped[TicketStatus] = mapped_column(enum_column(TicketStatus), index=True, default=TicketStatus.OPEN)
    assigned_to: Mapped[UUID | None] = mapped_column(index=True)
    due_at: Mapped[datetime] = mapped_column(index=True)
    resolved_at: Mapped[datetime | None]
    resolution_notes: Mapped[str | None]
    loaner_serial_number: Mapped[str | None] = mapped_column(String(SERIAL_LENGTH))
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"), index=True, sort_order=100)

    device: Mapped[DeviceInstance] = relationship(lazy="raise")

    @property
    def is_with_technician(self) -> bool:
        """Whether a technician has it and something is still to be done."""
        return self.assigned_to is not None and self.status in UNSETTLED

    @property
    def call_required(self) -> bool:
        """Whether the device may be dangerous still: whoever uses it is to call."""
        return self.is_safety_issue and self.status in UNSETTLED


class TicketHistory(Entity, Base):
    """What happened to a ticket, in the order it did. Rows are only ever added: the database refuses the rest."""

    __tablename__ = "ticket_history"
    __table_args__ = (Index("ix_ticket_history_ticket_id_id", "ticket_id", "id"),)

    ticket_id: Mapped[UUID] = mapped_column(ForeignKey("service_tickets.id"))
    kind: Mapped[HistoryKind] = mapped_column(enum_column(HistoryKind))
    actor_id: Mapped[UUID | None]
    from_status: Mapped[TicketStatus | None] = mapped_column(
        Enum(TicketStatus, native_enum=False, length=40, create_constraint=True, name="from_status")
    )
    to_status: Mapped[TicketStatus | None] = mapped_column(
        Enum(TicketStatus, native_enum=False, length=40, create_constraint=True, name="to_status")
    )
    details: Mapped[dict[str, Any]]
