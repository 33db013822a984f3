"""`/tickets/{id}/parts`."""

from typing import Any
from uuid import UUID

from common.http import CurrentActor, Cursor, Limit, Page, RequestSession, api_router, page_of
from common.http.pages import DEFAULT_LIMIT

from devices.parts import repository, service
from devices.parts.schemas import NewPart, PartBody, PartUsedBody
from devices.resources import ServiceSettings
from devices.tickets import service as tickets

router = api_router("parts")


@router.post("/tickets/{ticket_id}/parts", status_code=201, response_model=PartUsedBody)
async def use_parts(
    ticket_id: UUID, body: NewPart, actor: CurrentActor, session: RequestSession, settings: ServiceSettings
) -> PartUsedBody:
    """Record parts put in; answers what they leave of the repair budget."""
    part, budget = await service.use(session, actor, ticket_id, body, settings.budget_rules)
    return PartUsedBody.of(part).leaving(budget)


@router.get("/tickets/{ticket_id}/parts", response_model=Page[PartBody])
async def list_parts(
    ticket_id: UUID, actor: CurrentActor, session: RequestSession, cursor: Cursor, limit: Limit = DEFAULT_LIMIT
) -> dict[str, Any]:
    """The parts used for a ticket, newest first."""
    ticket = await tickets.read(session, actor, ticket_id)
    found = page_of(await repository.of_ticket(session, ticket.id, cursor, limit), limit)
    found["items"] = [PartBody.of(part) for part in found["items"]]
    return found
