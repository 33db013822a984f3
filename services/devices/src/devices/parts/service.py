"""Use cases of parts."""

from uuid import UUID

from common import audit
from common.auth import Actor
from common.clock import now
from common.errors import BrokenRule, Conflict, Detail
from sqlalchemy.ext.asyncio import AsyncSession

from devices.maintenance import service as maintenance
from devices.maintenance.domain import Budget, BudgetRules
from devices.parts import policies
from devices.parts.models import PartUsage
from devices.parts.schemas import NewPart
from devices.tickets import service as tickets
from devices.tickets.domain import HistoryKind, TicketStatus
from devices.visits import repository as visits


async def use(
    session: AsyncSession, actor: Actor, ticket_id: UUID, new: NewPart, rules: BudgetRules
) -> tuple[PartUsage, Budget | None]:
    """Record parts put in, and what they leave of the device's repair budget (None without a contract).

    `Conflict` when the ticket is closed, `BrokenRule` when the visit is another ticket's.
    """
    device, ticket = await tickets.to_change(session, actor, ticket_id)
    policies.may_use_parts(actor, ticket)
    if ticket.status is TicketStatus.CLOSED:
        raise Conflict("The ticket is closed", code="BIZ_TICKET_SETTLED")
    if new.visit_id is not None and await visits.ticket_of(session, new.visit_id) != ticket.id:
        detail = Detail("visitId", "UNKNOWN", "no such visit of this ticket")
        raise BrokenRule("The visit is not one of this ticket", code="BIZ_VISIT_UNKNOWN", details=[detail])
    part = PartUsage(ticket_id=ticket.id, **dict(new), created_at=now())
    session.add(part)
    await session.flush()
    details = {"partId": str(part.id), "partSku": part.part_sku, "quantity": part.quantity}
    tickets.note(session, ticket, HistoryKind.PART_USED, details)
    audit.record(session, "devices", "part.use", "PartUsage", part.id)
    return part, await maintenance.consume(session, device, part.cost, rules)
