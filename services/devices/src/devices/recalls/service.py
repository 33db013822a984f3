"""Use cases of recalls."""

from uuid import UUID

from common import audit
from common.auth import Actor
from common.contracts.jobs import OpenRecallTicketsV1
from common.db.constraints import flush_or_refuse
from common.errors import Conflict, NotFound
from common.events import outbox
from sqlalchemy.ext.asyncio import AsyncSession

from devices.recalls import policies, repository
from devices.recalls.domain import RecallStatus
from devices.recalls.models import Recall
from devices.recalls.schemas import NewRecall
from devices.tickets import service as tickets
from devices.tickets.domain import RepairDeadlines
from devices.tickets.schemas import NewTicket

_AT_ONCE = 100
_REFUSALS = {"uq_recalls_reference": Conflict("There is a recall of this reference", code="BIZ_RECALL_EXISTS")}


async def start(session: AsyncSession, actor: Actor, new: NewRecall) -> Recall:
    """Recall devices; their tickets are opened in the background. `Conflict` when the reference was used before."""
    policies.may_open(actor)
    recall = Recall(**new.model_dump(), opened_by=actor.user_id, status=RecallStatus.OPENING)
    session.add(recall)
    await flush_or_refuse(session, _REFUSALS)
    outbox.record(session, OpenRecallTicketsV1(recall_id=recall.id), of=recall.id)
    audit.record(session, "devices", "recall.create", "Recall", recall.id)
    return recall


async def read(session: AsyncSession, actor: Actor, recall_id: UUID) -> Recall:
    """One recall; `NotFound`."""
    policies.may_read(actor)
    recall = await repository.recall(session, recall_id)
    if recall is None:
        raise NotFound("Recall")
    audit.record(session, "devices", "recall.read", "Recall", recall.id)
    return recall


async def open_some_tickets(session: AsyncSession, recall_id: UUID, deadlines: RepairDeadlines) -> bool:
    """Open a ticket for the next devices of a recall that have none; whether there may be more. Safe to repeat."""
    recall = await repository.recall(session, recall_id, lock=True)
    if recall is None or recall.status is not RecallStatus.OPENING:
        return False
    found = await repository.without_ticket(session, recall, _AT_ONCE)
    for device in found:
        new = NewTicket(
            device_id=device.id,
            category=recall.category,
            severity=recall.severity,
            is_safety_issue=recall.is_safety_issue,
            description=recall.reason,
        )
        await tickets.open_for(session, device, new, recall.opened_by, deadlines, recall_id=recall.id)
    if len(found) < _AT_ONCE:
        recall.status = RecallStatus.OPEN
        return False
    return True
