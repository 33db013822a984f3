"""`/tickets/{id}/visits`, `/visits`."""

from typing import Annotated, Any
from uuid import UUID

from common import audit
from common.contracts.enums import Role, VisitOutcome
from common.http import CurrentActor, Cursor, Limit, Page, RequestSession, api_router, page_of
from common.http.etags import set_etag
from common.http.pages import DEFAULT_LIMIT
from fastapi import Depends, Query, Response
from pydantic import AwareDatetime

from devices import neighbours
from devices.resources import ServiceResources
from devices.tickets import repository as ticket_queries
from devices.tickets import service as tickets
from devices.visits import repository, service
from devices.visits.models import TechnicianVisit
from devices.visits.schemas import Completion, NewTime, NewVisit, VisitBody, VisitFilters

router = api_router("visits")


@router.post("/tickets/{ticket_id}/visits", status_code=201, response_model=VisitBody)
async def schedule_visit(
    ticket_id: UUID,
    body: NewVisit,
    actor: CurrentActor,
    session: RequestSession,
    resources: ServiceResources,
    response: Response,
) -> TechnicianVisit:
    """Plan a visit. A technician is never in two places at once."""
    if actor.role is Role.OPS:
        await neighbours.require_technician(resources.services, body.technician_id)
    visit = await service.schedule(session, actor, ticket_id, body, resources.settings.visit_minutes)
    set_etag(response, visit.version)
    return visit


@router.get("/tickets/{ticket_id}/visits", response_model=Page[VisitBody])
async def list_visits_of_ticket(
    ticket_id: UUID, actor: CurrentActor, session: RequestSession, cursor: Cursor, limit: Limit = DEFAULT_LIMIT
) -> dict[str, Any]:
    """The visits of a ticket, newest first."""
    ticket = await tickets.read(session, actor, ticket_id)
    return page_of(await repository.of_ticket(session, ticket.id, cursor, limit), limit)


async def _filters(
    ticket_id: Annotated[UUID | None, Query(alias="ticketId")] = None,
    technician_id: Annotated[UUID | None, Query(alias="technicianId")] = None,
    outcome: VisitOutcome | None = None,
    planned: Annotated[bool | None, Query(description="Not over yet")] = None,
    since: Annotated[AwareDatetime | None, Query(alias="from", description="Planned at or after")] = None,
    until: Annotated[AwareDatetime | None, Query(alias="to", description="Planned before")] = None,
) -> VisitFilters:
    return VisitFilters(
        ticket_id=ticket_id, technician_id=technician_id, outcome=outcome, planned=planned, since=since, until=until
    )


@router.get("/visits", response_model=Page[VisitBody])
async def list_visits(
    filters: Annotated[VisitFilters, Depends(_filters)],
    actor: CurrentActor,
    session: RequestSession,
    cursor: Cursor,
    limit: Limit = DEFAULT_LIMIT,
) -> dict[str, Any]:
    """The visits the caller may know of, the one planned last first."""
    readable = await ticket_queries.readable_by(session, actor)
    found = page_of(await repository.visits(session, actor, readable, filters, cursor, limit), limit)
    if actor.is_staff:
        audit.record(session, "devices", "visit.list", "TechnicianVisit", filters.ticket_id or actor.user_id)
    return found


@router.get("/visits/{visit_id}", response_model=VisitBody)
async def read_visit(
    visit_id: UUID, actor: CurrentActor, session: RequestSession, response: Response
) -> TechnicianVisit:
    """One visit."""
    visit = await service.read(session, actor, visit_id)
    set_etag(response, visit.version)
    return visit


@router.post("/visits/{visit_id}/depart", response_model=VisitBody)
async def depart(visit_id: UUID, actor: CurrentActor, session: RequestSession, response: Response) -> TechnicianVisit:
    """The technician is on the way; the patient is told."""
    visit = await service.depart(session, actor, visit_id)
    set_etag(response, visit.version)
    return visit


@router.post("/visits/{visit_id}/arrive", response_model=VisitBody)
async def arrive(visit_id: UUID, actor: CurrentActor, session: RequestSession, response: Response) -> TechnicianVisit:
    """The technician is there."""
    visit = await service.arrive(session, actor, visit_id)
    set_etag(response, visit.version)
    return visit


@router.post("/visits/{visit_id}/complete", response_model=VisitBody)
async def complete_visit(
    visit_id: UUID,
    body: Completion,
    actor: CurrentActor,
    session: RequestSession,
    resources: ServiceResources,
    response: Response,
) -> TechnicianVisit:
    """Say how a visit ended."""
    signature = await neighbours.signature(resources.services, body.signature_image_id) if actor.is_staff else None
    visit = await service.complete(session, actor, visit_id, body, signature, resources.settings.budget_rules)
    set_etag(response, visit.version)
    return visit


@router.post("/visits/{visit_id}/reschedule", status_code=201, response_model=VisitBody)
async def reschedule_visit(
    visit_id: UUID, body: NewTime, actor: CurrentActor, session: RequestSession, response: Response
) -> TechnicianVisit:
    """Move a visit that has not begun; answers the visit that takes place instead."""
    visit = await service.reschedule(session, actor, visit_id, body)
    set_etag(response, visit.version)
    return visit
