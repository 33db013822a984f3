"""Projections of cases' and devices' events."""

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
