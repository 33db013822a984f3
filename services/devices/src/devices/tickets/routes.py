"""`/tickets`."""

from typing import Annotated, Any
from uuid import UUID

from common import audit
from common.auth import require_role
from common.contracts.enums import Role, Severity
from common.http import CurrentActor, Cursor, Limit, Page, RequestSession, api_router, page_of
from common.http.etags import check_if_match, set_etag
from common.http.pages import DEFAULT_LIMIT
from fastapi import Depends, Query, Request, Response

from devices.neighbours import require_technician
from devices.resources import ServiceResources, ServiceSettings
from devices.tickets import policies, repository, service
from devices.tickets.domain import TicketCategory, TicketStatus
from devices.tickets.schemas import (
    Assignment,
    HistoryBody,
    NewTicket,
    TicketBody,
    TicketChanges,
    TicketFilters,
    Transition,
    Workloads,
)

router = api_router("tickets")


async def _filters(
    device_id: Annotated[UUID | None, Query(alias="deviceId")] = None,
    patient_id: Annotated[UUID | None, Query(alias="patientId")] = None,
    status: TicketStatus | None = None,
    severity: Severity | None = None,
    category: TicketCategory | None = None,
    assigned_to: Annotated[UUID | None, Query(alias="assignedTo")] = None,
    is_safety_issue: Annotated[bool | None, Query(alias="isSafetyIssue")] = None,
    ticket_number: Annotated[str | None, Query(alias="ticketNumber", max_length=20)] = None,
    overdue: Annotated[bool | None, Query(description="Not settled, and past what it was due at")] = None,
) -> TicketFilters:
    return TicketFilters(
        device_id=device_id,
        patient_id=patient_id,
        status=status,
        severity=severity,
        category=category,
        assigned_to=assigned_to,
        is_safety_issue=is_safety_issue,
        ticket_number=ticket_number,
        overdue=overdue,
    )


@router.post("/tickets", status_code=201, response_model=TicketBody)
async def open_ticket(
    body: NewTicket, actor: CurrentActor, session: RequestSession, settings: ServiceSettings, response: Response
) -> TicketBody:
    """Report that something is wrong with a device. A safety issue answers `callRequired` and the hotline."""
    ticket = await service.open_ticket(session, actor, body, settings.repair_deadlines)
    set_etag(response, ticket.version)
    return TicketBody.of(ticket, actor, settings.hotline_phone)


@router.get("/tickets", response_model=Page[TicketBody])
async def list_tickets(
    filters: Annotated[TicketFilters, Depends(_filters)],
    actor: CurrentActor,
    session: RequestSession,
    settings: ServiceSettings,
    cursor: Cursor,
    limit: Limit = DEFAULT_LIMIT,
) -> dict[str, Any]:
    """The tickets the caller may know of, newest first."""
    found = page_of(await repository.tickets(session, actor, filters, cursor, limit), limit)
    if actor.is_staff:
        audit.record(session, "devices", "ticket.list", "ServiceTicket", filters.patient_id or actor.user_id)
    found["items"] = [TicketBody.of(ticket, actor, settings.hotline_phone) for ticket in found["items"]]
    return found


@router.get("/tickets/workload", response_model=Workloads)
async def read_workload(actor: CurrentActor, session: RequestSession) -> dict[str, Any]:
    """What each technician with something to do has to do, the least loaded first."""
    require_role(actor, Role.OPS)
    return {"items": await repository.workloads(session)}


@router.get("/tickets/{ticket_id}", response_model=TicketBody)
async def read_ticket(
    ticket_id: UUID, actor: CurrentActor, session: RequestSession, settings: ServiceSettings, response: Response
) -> TicketBody:
    """One ticket."""
    ticket = await service.read(session, actor, ticket_id)
    set_etag(response, ticket.version)
    return TicketBody.of(ticket, actor, settings.hotline_phone)


@router.get("/tickets/{ticket_id}/history", response_model=Page[HistoryBody])
async def read_history(
    ticket_id: UUID, actor: CurrentActor, session: RequestSession, cursor: Cursor, limit: Limit = DEFAULT_LIMIT
) -> dict[str, Any]:
    """What happened to a ticket, newest first."""
    ticket = await service.read(session, actor, ticket_id)
    return page_of(await repository.history(session, ticket.id, cursor, limit), limit)


@router.patch("/tickets/{ticket_id}", response_model=TicketBody)
async def change_ticket(
    ticket_id: UUID,
    body: TicketChanges,
    actor: CurrentActor,
    session: RequestSession,
    settings: ServiceSettings,
    request: Request,
    response: Response,
) -> TicketBody:
    """Change what is known of a ticket, or record the device lent meanwhile."""
    device, ticket = await service.to_change(session, actor, ticket_id)
    check_if_match(request, ticket.version)
    await service.change(session, actor, device, ticket, body, settings.repair_deadlines)
    await session.flush()
    set_etag(response, ticket.version)
    return TicketBody.of(ticket, actor, settings.hotline_phone)


@router.post("/tickets/{ticket_id}/assign", response_model=TicketBody)
async def assign_ticket(
    ticket_id: UUID,
    body: Assignment,
    actor: CurrentActor,
    session: RequestSession,
    resources: ServiceResources,
    response: Response,
) -> TicketBody:
    """Give a ticket to a technician."""
    policies.may_assign(actor)
    await require_technician(resources.services, body.technician_id)
    ticket = await service.assign(session, actor, ticket_id, body.technician_id)
    set_etag(response, ticket.version)
    return TicketBody.of(ticket, actor, resources.settings.hotline_phone)


@router.post("/tickets/{ticket_id}/transitions", response_model=TicketBody)
async def move_ticket(
    ticket_id: UUID,
    body: Transition,
    actor: CurrentActor,
    session: RequestSession,
    settings: ServiceSettings,
    response: Response,
) -> TicketBody:
    """Move a ticket on."""
    ticket = await service.move(session, actor, ticket_id, body.to, body.resolution_notes)
    await session.flush()
    set_etag(response, ticket.version)
    return TicketBody.of(ticket, actor, settings.hotline_phone)
