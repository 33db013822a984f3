"""`/patients/{id}/proxies`, `/proxies`."""

from typing import Any
from uuid import UUID

from common.http import CurrentActor, Cursor, Limit, Page, RequestSession, api_router, page_of
from common.http.pages import DEFAULT_LIMIT
from fastapi import Response

from identity.proxies import service
from identity.proxies.models import ProxyRelationship
from identity.proxies.schemas import NewProxy, ProxyBody
from identity.resources import ResourcesOf

router = api_router("proxies")


@router.post("/patients/{patient_id}/proxies", status_code=201, response_model=ProxyBody)
async def grant_proxy(
    patient_id: UUID, body: NewProxy, actor: CurrentActor, resources: ResourcesOf, session: RequestSession
) -> ProxyRelationship:
    """Let a registered user act for the patient, on the strength of a signed document."""
    delegation = await service.fetch_delegation(resources.services, body.consent_document_id)
    return await service.grant(session, actor, patient_id, body, delegation)


@router.get("/patients/{patient_id}/proxies", response_model=Page[ProxyBody])
async def list_proxies(
    patient_id: UUID, actor: CurrentActor, session: RequestSession, cursor: Cursor, limit: Limit = DEFAULT_LIMIT
) -> dict[str, Any]:
    """Who may act for the patient, and who might before; newest first."""
    return page_of(await service.list_proxies(session, actor, patient_id, cursor, limit), limit)


@router.delete("/proxies/{proxy_id}", status_code=204)
async def revoke_proxy(proxy_id: UUID, actor: CurrentActor, session: RequestSession) -> Response:
    """Take the right back, at once."""
    await service.revoke(session, actor, proxy_id)
    return Response(status_code=204)
