"""Rules of a visit."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from common.contracts.enums import VisitOutcome
from common.errors import BrokenRule, Conflict, Detail

from devices.tickets.domain import TicketStatus

LATE_ENTRY = timedelta(hours=1)
"""How long after its start a visit may still be entered."""
HORIZON = timedelta(days=366)

TECHNICIAN_BUSY = Conflict("The technician has another visit at that time", code="BIZ_TECHNICIAN_BUSY")

EARLIEST_DEPARTURE = timedelta(hours=6)
"""How long before its start somebody may be on the way to a visit."""

AFTER_ARRIVAL = frozenset({VisitOutcome.COMPLETED, VisitOutcome.PARTS_NEEDED})
"""Outcomes that only somebody who was there can tell."""

TICKET_AFTER: Mapping[VisitOutcome, TicketStatus] = {
    VisitOutcome.COMPLETED: TicketStatus.IN_PROGRESS,  # whether it is repaired, the technician says of the ticket
    VisitOutcome.PARTS_NEEDED: TicketStatus.PENDING_PARTS,
    VisitOutcome.RESCHEDULED: TicketStatus.ASSIGNED,
    VisitOutcome.NO_SHOW: TicketStatus.ASSIGNED,
}
"""What a ticket in progress becomes when its visit ends so."""


def check_time(scheduled_at: datetime, now: datetime) -> None:
    """`BrokenRule` for a visit that would have begun long ago, or is planned for another year."""
    if scheduled_at < now - LATE_ENTRY:
        raise _bad_time("IN_THE_PAST", "A visit is not planned in the past")
    if scheduled_at > now + HORIZON:
        raise _bad_time("TOO_FAR", "A visit is planned at most a year ahead")


def check_departure(scheduled_at: datetime, now: datetime) -> None:
    """`BrokenRule` for setting out on another day: the patient would wait for nobody."""
    if now < scheduled_at - EARLIEST_DEPARTURE:
        raise BrokenRule("The visit is not due yet", code="BIZ_VISIT_NOT_DUE")


def check_outcome(outcome: VisitOutcome, *, arrived: bool) -> None:
    """`Conflict` for an outcome that takes somebody to have been there."""
    if outcome in AFTER_ARRIVAL and not arrived:
        raise Conflict(f"A visit is {outcome} only after the arrival", code="BIZ_VISIT_NOT_STARTED")


def _bad_time(code: str, message: str) -> BrokenRule:
    return BrokenRule(message, code="BIZ_VISIT_TIME", details=[Detail("scheduledAt", code, message)])
