"""Looking up, booking and moving a technician's visit in a conversation."""

from datetime import datetime
from typing import Any
from uuid import UUID

from common.clock import now, today
from common.contracts.enums import Escalation

from devices.assistant import moments, repository
from devices.assistant.models import Asked, Intent
from devices.assistant.turn import Said, Turn
from devices.tickets import repository as ticket_queries
from devices.tickets.models import ServiceTicket
from devices.visits import repository as visit_queries
from devices.visits import service as visits
from devices.visits.domain import HORIZON
from devices.visits.models import TechnicianVisit
from devices.visits.schemas import NewTime

_CANCEL = ("annul", "cancel")
_MOVE = ("deplac", "decal", "report", "repouss", "chang", "avanc", "move", "resched", "postpone", "earlier")


async def appointment(turn: Turn) -> Said:
    """What is planned, or a question for a time; a human where there is nothing to plan, or to cancel."""
    if _begins(turn, _CANCEL):
        return _to_human(turn)
    visit = await repository.next_visit(turn.session, turn.conversation.patient_id)
    moment = moments.find(turn.text, today())
    if visit is not None:
        if moment is not None and _begins(turn, _MOVE):
            return await _settle(turn, visit.ticket_id, visit.id, moment)
        turn.ask(Asked.VISIT_TIME, ticketId=str(visit.ticket_id), visitId=str(visit.id))
        when = moments.spelled(visit.scheduled_at, turn.language)
        return turn.say("visit.planned", Intent.APPOINTMENT, when=when)
    ticket = await repository.ticket_without_visit(turn.session, turn.conversation.patient_id)
    if ticket is None:
        return _to_human(turn)
    if moment is not None:
        return await _settle(turn, ticket.id, None, moment)
    turn.ask(Asked.VISIT_TIME, ticketId=str(ticket.id))
    return turn.say("visit.propose", Intent.APPOINTMENT)


async def time_told(turn: Turn, pending: dict[str, Any]) -> Said | None:
    """The answer to a time that was asked for; None when the message names none."""
    moment = moments.find(turn.text, today())
    if moment is None:
        return None
    visit_id = UUID(pending["visitId"]) if "visitId" in pending else None
    return await _settle(turn, UUID(pending["ticketId"]), visit_id, moment)


async def _settle(turn: Turn, ticket_id: UUID, visit_id: UUID | None, moment: datetime) -> Said:
    """Take the time, when the technician has it. Their agenda is locked: what is free now stays so."""
    about = {"ticketId": str(ticket_id), **({"visitId": str(visit_id)} if visit_id else {})}
    turn.ask(Asked.VISIT_TIME, **about)
    if not moments.suits(moment) or not now() <= moment <= now() + HORIZON:
        return turn.say("visit.bad-time", Intent.APPOINTMENT)
    found = await ticket_queries.locked(turn.session, turn.actor, ticket_id)
    visit = await visit_queries.locked(turn.session, visit_id) if visit_id else None
    if found is None or not _may_still_be_planned(found[1], visit, visit_id):
        return _to_human(turn)
    device, ticket = found
    minutes = visit.minutes if visit else turn.settings.visit_minutes
    technician_id = visit.technician_id if visit else ticket.assigned_to
    assert technician_id is not None  # noqa: S101 - looked at above
    await visit_queries.lock_agenda(turn.session, technician_id)
    if not await visit_queries.is_free(turn.session, technician_id, moment, minutes, but=visit_id):
        return turn.say("visit.busy", Intent.APPOINTMENT)
    if visit is not None:
        await visits.reschedule(turn.session, turn.actor, visit.id, NewTime(scheduled_at=moment))
    else:
        await visits.plan(turn.session, device, ticket, moment, minutes)
    turn.settle()
    return turn.say("visit.booked", Intent.APPOINTMENT, when=moments.spelled(moment, turn.language))


def _may_still_be_planned(ticket: ServiceTicket, visit: TechnicianVisit | None, visit_id: UUID | None) -> bool:
    if visit_id is not None:
        return visit is not None and not visit.is_over and visit.arrived_at is None
    return ticket.is_with_technician


def _to_human(turn: Turn) -> Said:
    turn.settle()
    return turn.say("visit.human", Intent.APPOINTMENT, Escalation.HUMAN)


def _begins(turn: Turn, stems: tuple[str, ...]) -> bool:
    return any(word.startswith(stems) for word in turn.words)
