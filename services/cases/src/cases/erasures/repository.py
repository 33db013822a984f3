"""Queries of erasure."""

from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from cases.cases.models import Case, CaseTransition
from cases.notes.models import CaseNote
from cases.prescriptions.models import Prescription
from cases.quotes.models import Quote
from cases.tasks.models import CaseTask

ERASED = "Effacé"
"""In the place of words that a row has to have."""


async def forget_words(session: AsyncSession, patient_id: UUID) -> None:
    """Erase every free text about a patient; the reasons a fund gave by its claims stay with its decisions."""
    of_patient = select(Case.id).where(Case.patient_id == patient_id)
    statements = (
        update(Prescription)
        .where(Prescription.patient_id == patient_id, Prescription.clinical_notes.is_not(None))
        .values(clinical_notes=None, version=Prescription.version + 1),
        update(CaseNote).where(CaseNote.case_id.in_(of_patient)).values(content=ERASED),
        update(CaseTask)
        .where(CaseTask.case_id.in_(of_patient), CaseTask.of_status.is_(None), CaseTask.title != ERASED)
        .values(title=ERASED, description=None, version=CaseTask.version + 1),
        update(Quote)
        .where(Quote.case_id.in_(of_patient), Quote.rejection_reason.is_not(None))
        .values(rejection_reason=None, version=Quote.version + 1),
        update(CaseTransition)
        .where(CaseTransition.case_id.in_(of_patient), ~CaseTransition.automatic)
        .values(reason=None),
    )
    for statement in statements:
        await session.execute(statement, execution_options={"synchronize_session": False})
