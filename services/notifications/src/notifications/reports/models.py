"""The table of reports."""

from datetime import datetime

from common.db import enum_column
from sqlalchemy import Index, String, func
from sqlalchemy.orm import Mapped, mapped_column

from notifications.reports.domain import Outcome
from notifications.tables import Base


class ProviderReport(Base):
    """One report, once: a replay finds it here. It may come before the message's id is stored, and waits here then."""

    __tablename__ = "provider_reports"
    __table_args__ = (Index("ix_provider_reports_received_at", "received_at"),)

    provider: Mapped[str] = mapped_column(String(40), primary_key=True)
    external_id: Mapped[str] = mapped_column(String(200), primary_key=True)
    event: Mapped[str] = mapped_column(String(40), primary_key=True)
    outcome: Mapped[Outcome] = mapped_column(enum_column(Outcome))
    reason: Mapped[str | None] = mapped_column(String(200))
    dead: Mapped[bool]
    received_at: Mapped[datetime] = mapped_column(server_default=func.now())
