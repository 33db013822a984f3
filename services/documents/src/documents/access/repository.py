"""Queries of who belongs to a case."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import exists, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from documents.access.domain import CaseSeen
from documents.access.models import (
    BreakGlassGrant,
    KnownCase,
    PatientActivity,
    PrescriptionDocument,
    TicketAssignment,
)


async def case(session: AsyncSession, case_id: UUID, technician_id: UUID) -> CaseSeen | None:
    """A case, and whether a ticket of it is this technician's."""
    assigned = exists().where(
        TicketAssignment.case_id == KnownCase.case_id, TicketAssignment.technician_id == technician_id
    )
    wanted = select(KnownCase.case_id, KnownCase.patient_id, KnownCase.prescriber_id, assigned)
    row = (await session.execute(wanted.where(KnownCase.case_id == case_id))).one_or_none()
    return CaseSeen(*row) if row else None


async def remember_case(session: AsyncSession, known: KnownCase) -> None:
    values = {"case_id": known.case_id, "patient_id": known.patient_id, "prescriber_id": known.prescriber_id}
    await session.execute(insert(KnownCase).values(**values).on_conflict_do_nothing())


async def remember_prescription(session: AsyncSession, known: PrescriptionDocument) -> None:
    values = {
        "prescription_id": known.prescription_id,
        "document_id": known.document_id,
        "patient_id": known.patient_id,
        "prescriber_id": known.prescriber_id,
    }
    await session.execute(insert(PrescriptionDocument).values(**values).on_conflict_do_nothing())


async def remember_assignment(session: AsyncSession, known: TicketAssignment) -> None:
    """Keep the latest, in whatever order word comes."""
    new = insert(TicketAssignment).values(
        ticket_id=known.ticket_id,
        case_id=known.case_id,
        technician_id=known.technician_id,
        ticket_version=known.ticket_version,
    )
    latest = {name: new.excluded[name] for name in ("case_id", "technician_id", "ticket_version")}
    await session.execute(
        new.on_conflict_do_update(
            index_elements=[TicketAssignment.ticket_id],
            set_=latest,
            where=TicketAssignment.ticket_version < new.excluded.ticket_version,
        )
    )


async def remember_grant(session: AsyncSession, known: BreakGlassGrant) -> None:
    values = {
        "grant_id": known.grant_id,
        "patient_id": known.patient_id,
        "user_id": known.user_id,
        "expires_at": known.expires_at,
    }
    await session.execute(insert(BreakGlassGrant).values(**values).on_conflict_do_nothing())


async def note_activity(session: AsyncSession, patient_id: UUID, at: datetime) -> None:
    """Something happened between the patient and us; the latest counts."""
    new = insert(PatientActivity).values(patient_id=patient_id, last_at=at)
    latest = func.greatest(PatientActivity.last_at, new.excluded.last_at)
    await session.execute(
        new.on_conflict_do_update(index_elements=[PatientActivity.patient_id], set_={"last_at": latest})
    )
