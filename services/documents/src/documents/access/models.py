"""Projections of cases' and devices' events."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from documents.tables import Base


class KnownCase(Base):
    """A case, its patient and its prescriber; none of them ever changes."""

    __tablename__ = "known_cases"

    case_id: Mapped[UUID] = mapped_column(primary_key=True)
    patient_id: Mapped[UUID] = mapped_column(index=True)
    prescriber_id: Mapped[UUID | None] = mapped_column(index=True)


class PrescriptionDocument(Base):
    """The document a prescription was submitted with."""

    __tablename__ = "prescription_documents"

    prescription_id: Mapped[UUID] = mapped_column(primary_key=True)
    document_id: Mapped[UUID] = mapped_column(index=True)
    patient_id: Mapped[UUID]
    prescriber_id: Mapped[UUID | None] = mapped_column(index=True)


class TicketAssignment(Base):
    """Who a ticket is assigned to now; `ticket_version` is the event's that said so."""

    __tablename__ = "ticket_assignments"

    ticket_id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[UUID] = mapped_column(index=True)
    technician_id: Mapped[UUID] = mapped_column(index=True)
    ticket_version: Mapped[int]


class PatientActivity(Base):
    """When something last happened between a patient and us: the duties to keep count from there."""

    __tablename__ = "patient_activity"

    patient_id: Mapped[UUID] = mapped_column(primary_key=True)
    last_at: Mapped[datetime]


class BreakGlassGrant(Base):
    """Leave for a member of staff to read a patient's records for a while."""

    __tablename__ = "break_glass_grants"

    grant_id: Mapped[UUID] = mapped_column(primary_key=True)
    patient_id: Mapped[UUID]
    user_id: Mapped[UUID] = mapped_column(index=True)
    expires_at: Mapped[datetime]
