"""`/cases/{id}/delivery`."""

from uuid import UUID

from common.http import CurrentActor, RequestSession, api_router
from common.http.etags import set_etag
from fastapi import Response

from cases.cases import service as cases
from cases.cases.schemas import CaseBody
from cases.delivery import policies, service
from cases.delivery.schemas import Appointment, Delivery
from cases.dependencies import OurResources
from cases.documents.service import fetch_document

router = api_router("delivery")


@router.post("/cases/{case_id}/delivery/schedule")
async def schedule_delivery(
    case_id: UUID, body: Appointment, actor: CurrentActor, session: RequestSession, response: Response
) -> CaseBody:
    """Set or change the date of a delivery."""
    policies.may_deliver(actor)
    case = await cases.find(session, actor, case_id)
    await service.schedule(session, case, body.scheduled_at)
    shown = await cases.described(session, actor, case)
    set_etag(response, case.version)
    return shown


@router.post("/cases/{case_id}/delivery/complete")
async def complete_delivery(
    case_id: UUID,
    body: Delivery,
    actor: CurrentActor,
    session: RequestSession,
    resources: OurResources,
    response: Response,
) -> CaseBody:
    """Record a delivery: serial numbers, moment and proof."""
    policies.may_deliver(actor)
    proof = await fetch_document(resources.services, body.proof_document_id)
    case = await cases.find(session, actor, case_id)
    await service.complete(session, actor, case, body, proof)
    shown = await cases.described(session, actor, case)
    set_etag(response, case.version)
    return shown
