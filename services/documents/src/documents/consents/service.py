"""What a withdrawn consent stops here."""

from uuid import UUID

from common.errors import BrokenRule
from sqlalchemy.ext.asyncio import AsyncSession

from documents.consents import repository


async def require(session: AsyncSession, patient_id: UUID) -> None:
    """`BrokenRule` once the patient has withdrawn the consent to the use of their health data."""
    if await repository.all_withdrawn(session, patient_id):
        message = "The patient has withdrawn the consent to the use of their health data"
        raise BrokenRule(message, code="BIZ_HEALTH_DATA_CONSENT_WITHDRAWN")
