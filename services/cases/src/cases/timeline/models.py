"""The table of the timeline."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from cases.tables import Base


class TimelineEntry(Base):
    """One event about a case; `id` is the event's, so that it is there once however often it comes.

    What happened to a prescription before it had a case is found by `prescription_id`. No foreign keys: an event of
    another service may be here before anything else is known of its case.
    """

    __tablename__ = "timeline_entries"
    __table_args__ = (
        CheckConstraint("case_id IS NOT NULL OR prescription_id IS NOT NULL", name="about_something"),
        Index("ix_timeline_entries_case_id", "case_id", "occurred_at", "id"),
        Index("ix_timeline_entries_prescription_id", "prescription_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[UUID | None]
    prescription_id: Mapped[UUID | None]
    type: Mapped[str] = mapped_column(String(100))
    service: Mapped[str] = mapped_column(String(40))
    occurred_at: Mapped[datetime]
    actor_id: Mapped[UUID | None]
    summary: Mapped[str] = mapped_column(String(500))
    data: Mapped[dict[str, Any]]
