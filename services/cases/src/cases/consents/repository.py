"""Queries of consents."""

from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from cases.consents.models import HealthConsent


async def note(session: AsyncSession, consent_id: UUID, patient_id: UUID, *, withdrawn: bool) -> None:
    """Take in word of a consent, in whatever order it comes."""
    new = insert(HealthConsent).values(consent_id=consent_id, patient_id=patient_id, withdrawn=withdrawn)
    known = {"withdrawn": HealthConsent.withdrawn | new.excluded.withdrawn}
    await session.execute(new.on_conflict_do_update(index_elements=[HealthConsent.consent_id], set_=known))


async def all_withdrawn(session: AsyncSession, patient_id: UUID) -> bool:
    """Whether the patient has consented and stands by none of it; not so for one nothing has been heard of yet."""
    wanted = select(func.bool_and(HealthConsent.withdrawn)).where(HealthConsent.patient_id == patient_id)
    return bool((await session.scalars(wanted)).one())
