"""The table of exports: that one was asked for, and how far it is. What was exported is kept nowhere."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from common.db import Entity, enum_column
from sqlalchemy import ForeignKey, func
from sqlalchemy.orm import Mapped, mapped_column

from identity.tables import Base


class ExportState(StrEnum):
    RUNNING = "RUNNING"
    COMPLETE = "COMPLETE"
    INCOMPLETE = "INCOMPLETE"
    """Sent whole, but something could not be read."""
    ABORTED = "ABORTED"
    """Whoever asked went away before the end."""


class Export(Entity, Base):
    """`parts` are `[{name, service, status, items}]`, in the order they were read; `items` is their number."""

    __tablename__ = "exports"

    patient_id: Mapped[UUID] = mapped_column(ForeignKey("patient_profiles.id"), index=True)
    requested_by: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    state: Mapped[ExportState] = mapped_column(enum_column(ExportState), default=ExportState.RUNNING)
    services_done: Mapped[int]
    services_total: Mapped[int]
    parts: Mapped[list[Any]]
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now(), onupdate=func.now(), sort_order=101)
    ended_at: Mapped[datetime | None]
