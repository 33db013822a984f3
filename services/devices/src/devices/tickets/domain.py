"""Rules of a service ticket: its states, and when it is due."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from common.clock import PARIS
from common.contracts.enums import Role, Severity
from common.errors import Conflict, Detail, Forbidden


class TicketStatus(StrEnum):
    OPEN = "OPEN"
    ASSIGNED = "ASSIGNED"
    IN_PROGRESS = "IN_PROGRESS"
    PENDING_PARTS = "PENDING_PARTS"
    RESOLVED = "RESOLVED"
    CLOSED = "CLOSED"


class TicketCategory(StrEnum):
    BATTERY = "BATTERY"
    WHEELS = "WHEELS"
    JOYSTICK = "JOYSTICK"
    BRAKE = "BRAKE"
    CUSHION = "CUSHION"
    FRAME = "FRAME"
    ELECTRICAL = "ELECTRICAL"
    OTHER = "OTHER"


class HistoryKind(StrEnum):
    OPENED = "OPENED"
    CHANGED = "CHANGED"
    ASSIGNED = "ASSIGNED"
    STATUS_CHANGED = "STATUS_CHANGED"
    VISIT_SCHEDULED = "VISIT_SCHEDULED"
    VISIT_DEPARTED = "VISIT_DEPARTED"
    VISIT_STARTED = "VISIT_STARTED"
    VISIT_ENDED = "VISIT_ENDED"
    PART_USED = "PART_USED"


UNSETTLED = frozenset({TicketStatus.OPEN, TicketStatus.ASSIGNED, TicketStatus.IN_PROGRESS, TicketStatus.PENDING_PARTS})
"""Something is still to be done."""
BEING_REPAIRED = frozenset({TicketStatus.IN_PROGRESS, TicketStatus.PENDING_PARTS})
SETTLED = frozenset({TicketStatus.RESOLVED, TicketStatus.CLOSED})

_AFTER_RESOLUTION = frozenset({"category", "severity", "is_safety_issue", "description"})
_AFTER_CLOSING = _AFTER_RESOLUTION | {"resolution_notes", "loaner_serial_number"}

_OPS = frozenset({Role.OPS})
_OPS_AND_TECHNICIAN = frozenset({Role.OPS, Role.TECHNICIAN})
_BY_ITSELF: frozenset[Role] = frozenset()

MOVES: Mapping[TicketStatus, Mapping[TicketStatus, frozenset[Role]]] = {
    TicketStatus.OPEN: {
        TicketStatus.ASSIGNED: _BY_ITSELF,  # when a technician is assigned
        TicketStatus.CLOSED: _OPS,
    },
    TicketStatus.ASSIGNED: {
        TicketStatus.IN_PROGRESS: _OPS_AND_TECHNICIAN,
        TicketStatus.CLOSED: _OPS,
    },
    TicketStatus.IN_PROGRESS: {
        TicketStatus.ASSIGNED: _BY_ITSELF,  # when a visit comes to nothing
        TicketStatus.PENDING_PARTS: _OPS_AND_TECHNICIAN,
        TicketStatus.RESOLVED: _OPS_AND_TECHNICIAN,
    },
    TicketStatus.PENDING_PARTS: {
        TicketStatus.IN_PROGRESS: _OPS_AND_TECHNICIAN,
        TicketStatus.RESOLVED: _OPS_AND_TECHNICIAN,
    },
    TicketStatus.RESOLVED: {
        TicketStatus.IN_PROGRESS: _OPS,
        TicketStatus.CLOSED: _OPS,
    },
    TicketStatus.CLOSED: {},
}
"""Every move there is, and who may ask for it."""


def allowed_moves(status: TicketStatus, role: Role) -> list[TicketStatus]:
    """Where a ticket in `status` may be moved to by `role`, in the order of a ticket's life."""
    return [to for to, roles in MOVES[status].items() if role in roles]


def check_move(status: TicketStatus, to: TicketStatus, role: Role) -> None:
    """`Conflict`, with the moves there are, when none leads `to`; `Forbidden` when it is for others to make."""
    roles = MOVES[status].get(to, _BY_ITSELF)
    if not roles:
        allowed = [str(move) for move in allowed_moves(status, role)]
        message = f"A ticket that is {status} does not become {to} by request"
        detail = Detail("to", "INVALID_TRANSITION", message, (("allowed", allowed),))
        raise Conflict(message, code="BIZ_INVALID_TRANSITION", details=[detail])
    if role not in roles:
        raise Forbidden


def locked_fields(status: TicketStatus) -> frozenset[str]:
    """What no longer changes of a ticket in `status` (Python names)."""
    if status is TicketStatus.CLOSED:
        return _AFTER_CLOSING
    return _AFTER_RESOLUTION if status is TicketStatus.RESOLVED else frozenset()


def ticket_number(year: int, number: int) -> str:
    """What people call a ticket: `TK-2026-000123`."""
    return f"TK-{year}-{number:06d}"


@dataclass(frozen=True, slots=True)
class RepairDeadlines:
    """Days a repair may take: by severity, and never more than the device's family allows."""

    by_severity: Mapping[Severity, int]
    non_modular: int
    modular: int
    non_modular_families: frozenset[str]

    def days(self, severity: Severity, *, is_safety_issue: bool, family: str | None) -> int:
        """Calendar days. A safety issue is as urgent as it gets; an unknown family has the shorter limit."""
        known_modular = family is not None and family not in self.non_modular_families
        limit = self.modular if known_modular else self.non_modular
        return min(limit, self.by_severity[Severity.CRITICAL if is_safety_issue else severity])

    def due(self, opened_at: datetime, severity: Severity, *, is_safety_issue: bool, family: str | None) -> datetime:
        """The same time of day in France that many days later, in UTC."""
        days = timedelta(days=self.days(severity, is_safety_issue=is_safety_issue, family=family))
        return (opened_at.astimezone(PARIS) + days).astimezone(UTC)
