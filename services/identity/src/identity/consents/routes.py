"""`/patients/{id}/consents`, `/consents`."""

from typing import Any
from uuid import UUID

from common.http import CurrentActor, Cursor, Limit, Page, RequestSession, api_router, page_of
from common.http.pages import DEFAULT_LIMIT

from identity.consents import service
from identity.consents.models import Consent
from identity.consents.schemas import ConsentBody, NewConsent

router = api_router("consents")


@router.post("/patients/{patient_id}/consents", status_code=201, response_model=ConsentBody)
async def give_consent(patient_id: UUID, body: NewConsent, actor: CurrentActor, session: RequestSession) -> Consent:
    """Consent to a version of a text."""
    return await service.give_for(session, actor, patient_id, body)


@router.get("/patients/{patient_id}/consents", response_model=Page[ConsentBody])
async def list_consents(
    patient_id: UUID, actor: CurrentActor, session: RequestSession, cursor: Cursor, limit: Limit = DEFAULT_LIMIT
) -> dict[str, Any]:
    """Every consent ever given, newest first, the withdrawn ones included."""
    return page_of(await service.list_consents(session, actor, patient_id, cursor, limit), limit)


@router.post("/consents/{consent_id}/withdraw", response_model=ConsentBody)
async def withdraw_consent(consent_id: UUID, actor: CurrentActor, session: RequestSession) -> Consent:
    """Take a consent back, whatever version of the text it was given to."""
    return await service.withdraw(session, actor, consent_id)
