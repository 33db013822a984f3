"""Use cases of service tickets."""

from typing import Any
from uuid import UUID

from common import audit, context
from common.auth import Actor
from common.clock import now, today
from common.contracts.devices import (
    TicketAssignedV1,
    TicketOpenedV1,
    TicketResolvedV1,
    TicketSafetyReportedV1,
)
from common.contracts.enums import VisitOutcome
from common.db.constraints import flush_or_refuse
from common.errors import BrokenRule, Conflict, Detail, NotFound
from common.events import outbox
from pydantic.alias_generators import to_camel
from sqlalchemy.ext.asyncio import AsyncSession

from devices.instances import repository as devices
from devices.instances import service as instances
from devices.instances.models import DeviceInstance
from devices.tickets import policies, repository
from devices.tickets.domain import (
    SETTLED,
    HistoryKind,
    RepairDeadlines,
    TicketStatus,
    check_move,
    locked_fields,
    ticket_number,
)
from devices.tickets.models import ServiceTicket, TicketHistory
from devices.tickets.schemas import NewTicket, TicketChanges
from devices.visits import repository as visits
from devices.visits.domain import TECHNICIAN_BUSY
from devices.visits.models import NO_DOUBLE_BOOKING


async def open_ticket(session: AsyncSession, actor: Actor, new: NewTicket, deadlines: RepairDeadlines) -> ServiceTicket:
    """Report that something is wrong with a device; `NotFound`, or `BrokenRule` when it is out of service."""
    device = await devices.locked(session, new.device_id, repository.may_be_reported_by(actor))
    if device is None:
        raise NotFound("Device")
    if not device.in_service:
        detail = Detail("deviceId", "OUT_OF_SERVICE", "the device is out of service")
        raise BrokenRule("The device is out of service", code="BIZ_DEVICE_OUT_OF_SERVICE", details=[detail])
    return await open_for(session, device, new, actor.user_id, deadlines)


async def open_for(
    session: AsyncSession,
    device: DeviceInstance,
    new: NewTicket,
    reported_by: UUID,
    deadlines: RepairDeadlines,
    *,
    recall_id: UUID | None = None,
) -> ServiceTicket:
    """Open a ticket for a device in service, locked by the caller."""
    opened_at = now()
    ticket = ServiceTicket(
        **new.model_dump(),
        ticket_number=ticket_number(today().year, await repository.next_number(session)),
        reported_by=reported_by,
        recall_id=recall_id,
        status=TicketStatus.OPEN,
        created_at=opened_at,
        due_at=deadlines.due(
            opened_at, new.severity, is_safety_issue=new.is_safety_issue, family=device.product_family
        ),
    )
    session.add(ticket)
    await session.flush()
    event = TicketOpenedV1(**about(device, ticket), severity=ticket.severity, is_safety_issue=ticket.is_safety_issue)
    outbox.record(session, event, of=ticket)
    if ticket.is_safety_issue:
        _report_safety(session, device, ticket)
    note(session, ticket, HistoryKind.OPENED, to_status=ticket.status)
    audit.record(session, "devices", "ticket.create", "ServiceTicket", ticket.id)
    await instances.follow_tickets(session, device)
    return ticket


async def read(session: AsyncSession, actor: Actor, ticket_id: UUID) -> ServiceTicket:
    """One ticket; `NotFound` when the actor may not know of it. A read by staff is audited."""
    ticket = await repository.ticket(session, actor, ticket_id)
    if ticket is None:
        raise NotFound("Ticket")
    if actor.is_staff:
        audit.record(session, "devices", "ticket.read", "ServiceTicket", ticket.id)
    return ticket


async def to_change(session: AsyncSession, actor: Actor, ticket_id: UUID) -> tuple[DeviceInstance, ServiceTicket]:
    """A ticket and its device, locked; `NotFound` when the actor may not know of it."""
    found = await repository.locked(session, actor, ticket_id)
    if found is None:
        raise NotFound("Ticket")
    return found


async def change(
    session: AsyncSession,
    actor: Actor,
    device: DeviceInstance,
    ticket: ServiceTicket,
    changes: TicketChanges,
    deadlines: RepairDeadlines,
) -> None:
    """Apply what `changes` sets; a danger that becomes known is reported, and a deadline follows what it depends on."""
    given = changes.given()
    policies.may_change(
        actor,
        ticket,
        given.keys(),
        is_own=device.patient_id in actor.patients,
        clears_safety=ticket.is_safety_issue and changes.is_safety_issue is False,
    )
    if locked := sorted(given.keys() & locked_fields(ticket.status)):
        raise Conflict(f"A ticket that is {ticket.status} keeps its {locked[0]}", code="BIZ_TICKET_SETTLED")
    became_unsafe = changes.is_safety_issue is True and not ticket.is_safety_issue
    changed = audit.changed(
        {to_camel(name): getattr(ticket, name) for name in given},
        {to_camel(name): value for name, value in given.items()},
    )
    for name, value in given.items():
        setattr(ticket, name, value)
    ticket.due_at = deadlines.due(
        ticket.created_at, ticket.severity, is_safety_issue=ticket.is_safety_issue, family=device.product_family
    )
    if became_unsafe:
        _report_safety(session, device, ticket)
    if changed:
        note(session, ticket, HistoryKind.CHANGED, {"fields": sorted(changed)})
        audit.record(session, "devices", "ticket.update", "ServiceTicket", ticket.id, changed)
    await instances.follow_tickets(session, device)


async def assign(session: AsyncSession, actor: Actor, ticket_id: UUID, technician_id: UUID) -> ServiceTicket:
    """Give a ticket to a technician, known to be one; visits planned for it go with it.

    `Conflict` when it is settled, a visit is under way, or the technician is elsewhere at the time of a visit.
    """
    policies.may_assign(actor)
    device, ticket = await to_change(session, actor, ticket_id)
    await give(session, device, ticket, technician_id)
    return ticket


async def give(session: AsyncSession, device: DeviceInstance, ticket: ServiceTicket, technician_id: UUID) -> None:
    """`assign` for a ticket in hand; nothing when the technician has it already."""
    if ticket.status in SETTLED:
        raise Conflict("The ticket is settled", code="BIZ_TICKET_SETTLED")
    previous = ticket.assigned_to
    if previous == technician_id:
        return
    await _hand_over_visits(session, ticket, technician_id)
    ticket.assigned_to = technician_id
    before = ticket.status
    if before is TicketStatus.OPEN:
        ticket.status = TicketStatus.ASSIGNED
    await flush_or_refuse(session, {NO_DOUBLE_BOOKING: TECHNICIAN_BUSY})
    event = TicketAssignedV1(**about(device, ticket), technician_id=technician_id, previous_technician_id=previous)
    outbox.record(session, event, of=ticket)
    details = {"technicianId": str(technician_id), "previousTechnicianId": str(previous) if previous else None}
    note(session, ticket, HistoryKind.ASSIGNED, details, from_status=before, to_status=ticket.status)
    changes = audit.changed(
        {"assignedTo": previous, "status": before}, {"assignedTo": technician_id, "status": ticket.status}
    )
    audit.record(session, "devices", "ticket.assign", "ServiceTicket", ticket.id, changes)


async def _hand_over_visits(session: AsyncSession, ticket: ServiceTicket, technician_id: UUID) -> None:
    await visits.lock_agenda(session, technician_id)
    for visit in await visits.unfinished(session, ticket.id):
        if visit.arrived_at is not None:
            raise Conflict("A visit of this ticket is under way", code="BIZ_VISIT_UNDER_WAY")
        visit.technician_id, visit.departed_at = technician_id, None


async def move(
    session: AsyncSession, actor: Actor, ticket_id: UUID, to: TicketStatus, resolution_notes: str | None
) -> ServiceTicket:
    """Move a ticket by request; `Conflict` when no move leads there, `Forbidden` when it is for others to make."""
    device, ticket = await to_change(session, actor, ticket_id)
    policies.may_work(actor, ticket)
    check_move(ticket.status, to, actor.role)
    if resolution_notes is not None:
        ticket.resolution_notes = resolution_notes
    if to in SETTLED:
        await _release_visits(session, ticket)
    await set_status(session, device, ticket, to)
    return ticket


async def set_status(session: AsyncSession, device: DeviceInstance, ticket: ServiceTicket, to: TicketStatus) -> None:
    """Put a ticket into a state that was checked to be right, and all that follows from it."""
    before, ticket.status = ticket.status, to
    if to is TicketStatus.RESOLVED:
        ticket.resolved_at = now()
        outbox.record(session, TicketResolvedV1(**about(device, ticket)), of=ticket)
    elif before is TicketStatus.RESOLVED and to is not TicketStatus.CLOSED:
        ticket.resolved_at = None
    note(session, ticket, HistoryKind.STATUS_CHANGED, from_status=before, to_status=to)
    changes = audit.changed({"status": before}, {"status": to})
    audit.record(session, "devices", "ticket.transition", "ServiceTicket", ticket.id, changes)
    await instances.follow_tickets(session, device)


async def _release_visits(session: AsyncSession, ticket: ServiceTicket) -> None:
    """Free the technician's time: of the outcomes there are, "rescheduled" is the one without anybody going."""
    for visit in await visits.unfinished(session, ticket.id):
        if visit.arrived_at is None:
            visit.end(VisitOutcome.RESCHEDULED)
            note(session, ticket, HistoryKind.VISIT_ENDED, {"visitId": str(visit.id), "outcome": "RESCHEDULED"})


def note(
    session: AsyncSession,
    ticket: ServiceTicket,
    kind: HistoryKind,
    details: dict[str, Any] | None = None,
    *,
    from_status: TicketStatus | None = None,
    to_status: TicketStatus | None = None,
) -> None:
    """Add to a ticket's history: ids and codes only."""
    entry = TicketHistory(
        ticket_id=ticket.id,
        kind=kind,
        actor_id=context.current().actor_id,
        from_status=from_status,
        to_status=to_status,
        details=details or {},
    )
    session.add(entry)


def about(device: DeviceInstance, ticket: ServiceTicket) -> dict[str, Any]:
    """What every event of a ticket says."""
    return {
        "case_id": device.case_id,
        "device_id": device.id,
        "patient_id": device.patient_id,
        "ticket_id": ticket.id,
        "ticket_number": ticket.ticket_number,
    }


def _report_safety(session: AsyncSession, device: DeviceInstance, ticket: ServiceTicket) -> None:
    event = TicketSafetyReportedV1(**about(device, ticket), severity=ticket.severity)
    outbox.record(session, event, of=ticket)
    audit.record(session, "devices", "ticket.safety-report", "ServiceTicket", ticket.id)
