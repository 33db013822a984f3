"""Use case of erasure."""

from uuid import UUID

from common import audit
from sqlalchemy.ext.asyncio import AsyncSession

from devices.erasures import repository
from devices.instances import repository as instances


async def forget(session: AsyncSession, patient_id: UUID, user_id: UUID) -> None:
    """Erase where a patient's devices stand, what was said to the assistant, and how tickets were described.

    Devices, their repairs and every report of a safety issue stay: a medical device is traced for ten years (article
    R.5212-37 of the Code de la santé publique), its upkeep and its vigilance with it.
    """
    await instances.forget_places(session, patient_id)
    await repository.forget_conversations(session, patient_id, user_id)
    await repository.forget_complaints(session, patient_id)
    changes = audit.changed({}, {"erased": "places, conversations, descriptions of tickets"})
    audit.record(session, "devices", "patient.erase", "PatientProfile", patient_id, changes)
