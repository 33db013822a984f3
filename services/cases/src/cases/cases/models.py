"""Tables of cases (section Case), their history, and what is known of other services' claims and tickets."""

from datetime import datetime
from typing import Any
from uuid import UUID

from common.contracts.enums import CaseStatus, ClaimStatus, Priority
from common.db import Entity, Versioned, enum_column
from sqlalchemy import (
    Boolean,
    ColumnElement,
    ForeignKey,
    Index,
    Sequence,
    String,
    Text,
    UniqueConstraint,
    literal_column,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from cases.prescriptions.models import Prescription
from cases.tables import Base

case_numbers = Sequence("case_numbers", metadata=Base.metadata)

OVER = frozenset({CaseStatus.CLOSED, CaseStatus.CANCELLED})
"""States that nothing follows."""

IS_OPEN: ColumnElement[bool] = literal_column("cases.status NOT IN ('CLOSED', 'CANCELLED')", Boolean)
"""Neither closed nor cancelled; in the very words of the partial index."""

RUNNING_NUMBER: ColumnElement[str] = literal_column("split_part(cases.case_number, '-', 3)", Text)
"""The last part of a case number; in the very words of its index."""


class Case(Versioned, Base):
    """`prescriber_id` repeats the prescription's, by which a prescriber's cases are found. `patient_under_16`: on the
    day the case was opened, by which a device is renewed sooner; None where identity did not know the patient.

    `sla_reported` is the last deadline whose passing was told; a case is told late once for each. `claim_due` is by
    when billing should have drafted the claim of the approved quote, None when it has; `claim_reported` is the last one
    whose passing was told. `agreement_by` is when the fund's silence becomes its agreement, where a prior agreement is
    needed.
    """

    __tablename__ = "cases"
    __table_args__ = (
        UniqueConstraint("case_number", postgresql_include=["id"]),
        Index("ix_cases_status", "status", "id"),
        Index("ix_cases_patient_id", "patient_id", "id", postgresql_include=["case_number"]),
        Index("ix_cases_prescriber_id", "prescriber_id", "id"),
        Index("ix_cases_assigned_to", "assigned_to", "status", "id"),
        Index("ix_cases_priority", "priority", "status", "id"),
        Index("ix_cases_created_at", "created_at"),
        Index("ix_cases_open", "id", postgresql_where=text("status NOT IN ('CLOSED', 'CANCELLED')")),
        Index("ix_cases_sla_deadline", "sla_deadline", postgresql_where=text("sla_deadline IS NOT NULL")),
        Index(
            "ix_cases_assigned_to_deadline",
            "assigned_to",
            "sla_deadline",
            postgresql_where=text("sla_deadline IS NOT NULL"),
        ),
        Index(
            "ix_cases_sla_unreported",
            "sla_deadline",
            postgresql_where=text("sla_reported IS DISTINCT FROM sla_deadline AND sla_deadline IS NOT NULL"),
        ),
        Index("ix_cases_claim_due", "claim_due", postgresql_where=text("claim_due IS NOT NULL")),
        Index(
            "ix_cases_checklist_state",
            "checklist_state",
            postgresql_using="gin",
            postgresql_ops={"checklist_state": "jsonb_path_ops"},
        ),
        Index(
            "ix_cases_running_number_trigrams",
            text("split_part(case_number, '-', 3) gin_trgm_ops"),
            postgresql_using="gin",
        ),
    )

    case_number: Mapped[str] = mapped_column(String(20))
    patient_id: Mapped[UUID]
    prescription_id: Mapped[UUID] = mapped_column(ForeignKey("prescriptions.id"), unique=True)
    prescriber_id: Mapped[UUID | None]
    status: Mapped[CaseStatus] = mapped_column(enum_column(CaseStatus), default=CaseStatus.INTAKE_RECEIVED)
    status_since: Mapped[datetime]
    priority: Mapped[Priority] = mapped_column(enum_column(Priority), default=Priority.NORMAL)
    assigned_to: Mapped[UUID | None]
    checklist_state: Mapped[dict[str, Any]]
    sla_deadline: Mapped[datetime | None]
    sla_reported: Mapped[datetime | None]
    patient_under_16: Mapped[bool | None]
    claim_due: Mapped[datetime | None]
    claim_reported: Mapped[datetime | None]
    agreement_by: Mapped[datetime | None]
    submitted_at: Mapped[datetime | None]
    approved_at: Mapped[datetime | None]
    rejected_at: Mapped[datetime | None]
    rejection_reason: Mapped[str | None] = mapped_column(Text)
    delivery_scheduled_at: Mapped[datetime | None]
    delivered_at: Mapped[datetime | None]
    delivery_proof_document_id: Mapped[UUID | None]

    prescription: Mapped[Prescription] = relationship(lazy="raise")


class CaseTransition(Entity, Base):
    """One move of a case, kept for ever. `automatic`: an event made it, not a person."""

    __tablename__ = "case_transitions"
    __table_args__ = (Index("ix_case_transitions_case_id", "case_id", "id"),)

    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"))
    from_status: Mapped[CaseStatus] = mapped_column(enum_column(CaseStatus, name="from_status"))
    to_status: Mapped[CaseStatus] = mapped_column(enum_column(CaseStatus, name="to_status"))
    automatic: Mapped[bool]
    actor_id: Mapped[UUID | None]
    reason: Mapped[str | None] = mapped_column(Text)
    occurred_at: Mapped[datetime]


class CaseClaim(Base):
    """The latest known state of a claim of billing."""

    __tablename__ = "case_claims"

    claim_id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"), index=True)
    quote_id: Mapped[UUID]
    status: Mapped[ClaimStatus] = mapped_column(enum_column(ClaimStatus))
    claim_version: Mapped[int]


class CaseTechnician(Base):
    """What lets a technician see a case: a ticket or a task of theirs. `source_version` is a ticket's last seen."""

    __tablename__ = "case_technicians"
    __table_args__ = (Index("ix_case_technicians_technician_id", "technician_id", "case_id"),)

    source_id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"), index=True)
    technician_id: Mapped[UUID]
    source_version: Mapped[int] = mapped_column(default=0)
