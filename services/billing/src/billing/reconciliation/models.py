"""Table of reconciliations."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from billing.tables import Base


class Reconciliation(Base):
    """One day's: `totals` and the first `differences` as the API shows them, the rows as CSV in the storage."""

    __tablename__ = "reconciliations"

    day: Mapped[date] = mapped_column(primary_key=True)
    made_at: Mapped[datetime]
    totals: Mapped[dict[str, Any]]
    differences: Mapped[list[Any]]
    difference_count: Mapped[int]
    csv_storage_key: Mapped[str] = mapped_column(String(200))
