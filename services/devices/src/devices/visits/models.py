"""Table of TechnicianVisit."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from common.clock import now
from common.contracts.enums import VisitOutcome
from common.db import Versioned, enum_column
from sqlalchemy import CheckConstraint, ForeignKey, func, literal_column
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlalchemy.orm import Mapped, mapped_column

from devices.tables import Base

NO_DOUBLE_BOOKING = "ex_technician_visits_no_double_booking"


class TechnicianVisit(Versioned, Base):
    """A visit planned from `scheduled_at` until `scheduled_until`; it is over once it has an outcome.

    `labour_cost` is what its work costs of the repair budget, in euros.
    """

    __tablename__ = "technician_visits"
    __table_args__ = (
        CheckConstraint("scheduled_until > scheduled_at", name="takes_time"),
        CheckConstraint("(outcome IS NULL) = (completed_at IS NULL)", name="outcome_dated"),
        CheckConstraint(
            "outcome NOT IN ('COMPLETED', 'PARTS_NEEDED') OR arrived_at IS NOT NULL", name="work_done_after_arrival"
        ),
        CheckConstraint("labour_cost >= 0", name="labour_cost_not_negative"),
        ExcludeConstraint(
            ("technician_id", "="),
            (func.tstzrange(literal_column("scheduled_at"), literal_column("scheduled_until")), "&&"),
            name=NO_DOUBLE_BOOKING,
            using="gist",
            where=literal_column("outcome IS NULL"),
        ),
    )

    ticket_id: Mapped[UUID] = mapped_column(ForeignKey("service_tickets.id"), index=True)
    technician_id: Mapped[UUID] = mapped_column(index=True)
    scheduled_at: Mapped[datetime] = mapped_column(index=True)
    scheduled_until: Mapped[datetime]
    departed_at: Mapped[datetime | None]
    arrived_at: Mapped[datetime | None]
    completed_at: Mapped[datetime | None]
    outcome: Mapped[VisitOutcome | None] = mapped_column(enum_column(VisitOutcome), index=True)
    notes: Mapped[str | None]
    signature_image_id: Mapped[UUID | None]
    labour_cost: Mapped[Decimal | None]
    rescheduled_from_id: Mapped[UUID | None] = mapped_column(ForeignKey("technician_visits.id"), index=True)

    @property
    def minutes(self) -> int:
        """How long it is planned to take."""
        return int((self.scheduled_until - self.scheduled_at).total_seconds() // 60)

    @property
    def is_over(self) -> bool:
        return self.outcome is not None

    def end(self, outcome: VisitOutcome) -> None:
        """Note how the visit ended, now."""
        self.outcome = outcome
        self.completed_at = now()
