"""Use cases of visits."""

from datetime import datetime, timedelta
from uuid import UUID

from common import audit
from common.auth import Actor
from common.clock import now
from common.contracts.devices import VisitCompletedV1, VisitDepartedV1, VisitScheduledV1
from common.contracts.enums import Role, VisitOutcome
from common.db.constraints import flush_or_refuse
from common.errors import BrokenRule, Conflict, Detail, NotFound
from common.events import outbox
from common.money import ZERO
from sqlalchemy.ext.asyncio import AsyncSession

from devices.instances.models import DeviceInstance
from devices.maintenance import service as maintenance
from devices.maintenance.domain import BudgetRules
from devices.neighbours import Signature, bad_signature
from devices.tickets import repository as ticket_queries
from devices.tickets import service as tickets
from devices.tickets.domain import SETTLED, HistoryKind, TicketStatus
from devices.tickets.models import ServiceTicket
from devices.visits import policies, repository
from devices.visits.domain import TECHNICIAN_BUSY, TICKET_AFTER, check_departure, check_outcome, check_time
from devices.visits.models import NO_DOUBLE_BOOKING, TechnicianVisit
from devices.visits.schemas import Completion, NewTime, NewVisit

_REFUSALS = {NO_DOUBLE_BOOKING: TECHNICIAN_BUSY}


async def schedule(
    session: AsyncSession, actor: Actor, ticket_id: UUID, new: NewVisit, minutes: int
) -> TechnicianVisit:
    """Plan a visit of `minutes`. A ticket that nobody has is given to the technician by it.

    `Conflict` when the ticket is settled or the technician elsewhere, `BrokenRule` for a bad time or technician.
    """
    device, ticket = await tickets.to_change(session, actor, ticket_id)
    policies.may_plan(actor, new.technician_id)
    if ticket.status in SETTLED:
        raise Conflict("The ticket is settled", code="BIZ_TICKET_SETTLED")
    if ticket.status is TicketStatus.OPEN and actor.role is Role.OPS:
        await tickets.give(session, device, ticket, new.technician_id)
    if ticket.assigned_to != new.technician_id:
        message = "The ticket is given to another technician"
        raise BrokenRule(
            message, code="BIZ_VISIT_TECHNICIAN", details=[Detail("technicianId", "NOT_ASSIGNED", message)]
        )
    return await plan(session, device, ticket, new.scheduled_at, new.duration_minutes or minutes)


async def plan(
    session: AsyncSession,
    device: DeviceInstance,
    ticket: ServiceTicket,
    at: datetime,
    minutes: int,
    *,
    instead_of: TechnicianVisit | None = None,
) -> TechnicianVisit:
    """Take the technician's time; `Conflict` when it is taken."""
    check_time(at, now())
    technician_id = instead_of.technician_id if instead_of else ticket.assigned_to
    assert technician_id is not None  # noqa: S101 - checked by the callers, and by the table
    await repository.lock_agenda(session, technician_id)
    visit = TechnicianVisit(
        ticket_id=ticket.id,
        technician_id=technician_id,
        scheduled_at=at,
        scheduled_until=at + timedelta(minutes=minutes),
        rescheduled_from_id=instead_of.id if instead_of else None,
    )
    session.add(visit)
    await flush_or_refuse(session, _REFUSALS)
    event = VisitScheduledV1(
        **tickets.about(device, ticket),
        visit_id=visit.id,
        technician_id=visit.technician_id,
        scheduled_at=visit.scheduled_at,
        rescheduled_from_id=visit.rescheduled_from_id,
    )
    outbox.record(session, event, of=visit)
    tickets.note(session, ticket, HistoryKind.VISIT_SCHEDULED, {"visitId": str(visit.id)})
    audit.record(session, "devices", "visit.schedule", "TechnicianVisit", visit.id)
    return visit


async def read(session: AsyncSession, actor: Actor, visit_id: UUID) -> TechnicianVisit:
    """One visit; `NotFound` when the actor may not know of it. A read by staff is audited."""
    visit = await repository.visit(session, actor, visit_id, await ticket_queries.readable_by(session, actor))
    if visit is None:
        raise NotFound("Visit")
    if actor.is_staff:
        audit.record(session, "devices", "visit.read", "TechnicianVisit", visit.id)
    return visit


async def depart(session: AsyncSession, actor: Actor, visit_id: UUID) -> TechnicianVisit:
    """The technician is on the way, which the patient is told.

    `Conflict` when that was said before, somebody has arrived or the visit is over; `BrokenRule` on another day.
    """
    device, ticket, visit = await _in_hand(session, actor, visit_id)
    policies.may_act(actor, visit)
    _require_unfinished(visit)
    if visit.departed_at is not None or visit.arrived_at is not None:
        raise Conflict("The technician is on the way already", code="BIZ_VISIT_STARTED")
    check_departure(visit.scheduled_at, now())
    visit.departed_at = now()
    event = VisitDepartedV1(
        **tickets.about(device, ticket),
        visit_id=visit.id,
        technician_id=visit.technician_id,
        scheduled_at=visit.scheduled_at,
    )
    outbox.record(session, event, of=visit)
    tickets.note(session, ticket, HistoryKind.VISIT_DEPARTED, {"visitId": str(visit.id)})
    audit.record(session, "devices", "visit.depart", "TechnicianVisit", visit.id)
    await session.flush()
    return visit


async def arrive(session: AsyncSession, actor: Actor, visit_id: UUID) -> TechnicianVisit:
    """The technician is there; the repair goes on. `Conflict` when that was said before or the visit is over."""
    device, ticket, visit = await _in_hand(session, actor, visit_id)
    policies.may_act(actor, visit)
    _require_unfinished(visit)
    if visit.arrived_at is not None:
        raise Conflict("The technician has arrived already", code="BIZ_VISIT_STARTED")
    visit.arrived_at = now()
    tickets.note(session, ticket, HistoryKind.VISIT_STARTED, {"visitId": str(visit.id)})
    audit.record(session, "devices", "visit.arrive", "TechnicianVisit", visit.id)
    if ticket.status in {TicketStatus.ASSIGNED, TicketStatus.PENDING_PARTS}:
        await tickets.set_status(session, device, ticket, TicketStatus.IN_PROGRESS)
    await session.flush()
    return visit


async def complete(
    session: AsyncSession,
    actor: Actor,
    visit_id: UUID,
    completion: Completion,
    signature: Signature | None,
    rules: BudgetRules,
) -> TechnicianVisit:
    """End a visit; its ticket follows. `Conflict` when it is over, or the outcome takes an arrival first."""
    device, ticket, visit = await _in_hand(session, actor, visit_id)
    policies.may_act(actor, visit)
    _require_unfinished(visit)
    check_outcome(completion.outcome, arrived=visit.arrived_at is not None)
    _check_signature(signature, device, actor)
    visit.notes = completion.notes
    visit.signature_image_id = completion.signature_image_id
    done = completion.outcome is VisitOutcome.COMPLETED
    usual = rules.visit_cost if done else ZERO
    visit.labour_cost = usual if completion.labour_cost is None else completion.labour_cost
    await _end(session, device, ticket, visit, completion.outcome)
    if done:
        await maintenance.note_service(session, device.id)
    await session.flush()
    await maintenance.consume(session, device, visit.labour_cost, rules)
    return visit


async def reschedule(session: AsyncSession, actor: Actor, visit_id: UUID, new: NewTime) -> TechnicianVisit:
    """Move a visit nobody has arrived for; gives the visit that takes place instead.

    `Conflict` for a visit under way; for its patient it is so once the technician is on the road.
    """
    device, ticket, visit = await _in_hand(session, actor, visit_id)
    policies.may_move(actor, visit, device.patient_id)
    _require_unfinished(visit)
    on_the_way = visit.departed_at is not None and device.patient_id in actor.patients
    if visit.arrived_at is not None or on_the_way:
        raise Conflict("The visit is under way", code="BIZ_VISIT_UNDER_WAY")
    await repository.lock_agenda(session, visit.technician_id)
    await _end(session, device, ticket, visit, VisitOutcome.RESCHEDULED)
    await session.flush()  # the old time is free before the new one is taken
    return await plan(
        session, device, ticket, new.scheduled_at, new.duration_minutes or visit.minutes, instead_of=visit
    )


async def _end(
    session: AsyncSession,
    device: DeviceInstance,
    ticket: ServiceTicket,
    visit: TechnicianVisit,
    outcome: VisitOutcome,
) -> None:
    visit.end(outcome)
    event = VisitCompletedV1(
        **tickets.about(device, ticket), visit_id=visit.id, technician_id=visit.technician_id, outcome=outcome
    )
    outbox.record(session, event, of=visit)
    tickets.note(session, ticket, HistoryKind.VISIT_ENDED, {"visitId": str(visit.id), "outcome": outcome.value})
    audit.record(
        session, "devices", "visit.complete", "TechnicianVisit", visit.id, audit.changed(None, {"outcome": outcome})
    )
    then = TICKET_AFTER[outcome]
    if ticket.status is TicketStatus.IN_PROGRESS and then is not ticket.status:
        await tickets.set_status(session, device, ticket, then)


async def _in_hand(
    session: AsyncSession, actor: Actor, visit_id: UUID
) -> tuple[DeviceInstance, ServiceTicket, TechnicianVisit]:
    """A visit with its ticket and device, all locked; `NotFound` when the actor may not know of it."""
    ticket_id = await repository.ticket_of(session, visit_id)
    found = await ticket_queries.locked(session, actor, ticket_id) if ticket_id else None
    visit = await repository.locked(session, visit_id) if found else None
    if found is None or visit is None:
        raise NotFound("Visit")
    return (*found, visit)


def _require_unfinished(visit: TechnicianVisit) -> None:
    if visit.is_over:
        raise Conflict(f"The visit is over: {visit.outcome}", code="BIZ_VISIT_OVER")


def _check_signature(signature: Signature | None, device: DeviceInstance, actor: Actor) -> None:
    """A signature is the patient's or the case's, or what the technician has just uploaded."""
    if signature is None:
        return
    about_other = {signature.patient_id, signature.case_id} - {None, device.patient_id, device.case_id}
    unrelated = signature.patient_id is None and signature.case_id is None and signature.owner_id != actor.user_id
    if about_other or unrelated:
        raise bad_signature("the document is about something else")
