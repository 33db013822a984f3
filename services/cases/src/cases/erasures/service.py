"""Use case of erasure."""

from uuid import UUID

from common import audit
from sqlalchemy.ext.asyncio import AsyncSession

from cases.erasures import repository


async def forget(session: AsyncSession, patient_id: UUID) -> None:
    """Erase what was written about a patient in free words.

    Prescriptions, quotes and the moves of a case stay for ten years (section 8.3): they are what was reimbursed, and
    why. They hold ids, codes, amounts and dates, and name nobody.
    """
    await repository.forget_words(session, patient_id)
    changes = audit.changed({}, {"erased": "clinical notes, notes, tasks, reasons"})
    audit.record(session, "cases", "patient.erase", "PatientProfile", patient_id, changes)
