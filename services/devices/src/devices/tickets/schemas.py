"""HTTP bodies of service tickets."""

from typing import Annotated, Any, ClassVar, Self
from uuid import UUID

from common.auth import Actor
from common.contracts.enums import Severity
from common.http import Changes, Schema, UtcDateTime
from pydantic import Field

from devices.instances.models import SERIAL_LENGTH
from devices.tickets.domain import HistoryKind, TicketCategory, TicketStatus
from devices.tickets.models import ServiceTicket
from devices.tickets.policies import moves_of

Prose = Annotated[str, Field(min_length=1, max_length=5000)]


class NewTicket(Schema):
    device_id: UUID
    category: TicketCategory
    severity: Severity
    is_safety_issue: bool = False
    description: Prose


class TicketChanges(Changes):
    """`loanerSerialNumber` is the device lent meanwhile; null once it is back."""

    nullable: ClassVar[frozenset[str]] = frozenset({"loaner_serial_number", "resolution_notes"})

    category: TicketCategory | None = None
    severity: Severity | None = None
    is_safety_issue: bool | None = None
    description: Prose | None = None
    resolution_notes: Prose | None = None
    loaner_serial_number: Annotated[str, Field(min_length=1, max_length=SERIAL_LENGTH)] | None = None


class Assignment(Schema):
    technician_id: UUID


class Transition(Schema):
    to: TicketStatus
    resolution_notes: Prose | None = None


class TicketFilters(Schema):
    device_id: UUID | None = None
    patient_id: UUID | None = None
    status: TicketStatus | None = None
    severity: Severity | None = None
    category: TicketCategory | None = None
    assigned_to: UUID | None = None
    is_safety_issue: bool | None = None
    ticket_number: str | None = None
    overdue: bool | None = None


class TicketBody(Schema):
    """`callRequired` until a safety issue is settled: the reporter is to call `hotline` and not use the device."""

    id: UUID
    ticket_number: str
    device_id: UUID
    reported_by: UUID
    recall_id: UUID | None
    category: TicketCategory
    severity: Severity
    is_safety_issue: bool
    description: str
    status: TicketStatus
    assigned_to: UUID | None
    due_at: UtcDateTime
    resolved_at: UtcDateTime | None
    resolution_notes: str | None
    loaner_serial_number: str | None
    allowed_transitions: list[TicketStatus]
    call_required: bool
    hotline: str | None
    created_at: UtcDateTime
    updated_at: UtcDateTime

    @classmethod
    def of(cls, ticket: ServiceTicket, actor: Actor, hotline: str) -> Self:
        """The ticket as `actor` sees it."""
        made = {"allowed_transitions", "call_required", "hotline"}
        return cls(
            **{name: getattr(ticket, name) for name in cls.model_fields if name not in made},
            allowed_transitions=moves_of(actor, ticket),
            call_required=ticket.call_required,
            hotline=hotline if ticket.call_required else None,
        )


class HistoryBody(Schema):
    id: UUID
    kind: HistoryKind
    actor_id: UUID | None
    from_status: TicketStatus | None
    to_status: TicketStatus | None
    details: dict[str, Any]
    created_at: UtcDateTime


class WorkloadBody(Schema):
    """What one technician has to do. `plannedVisits` are those not yet over."""

    technician_id: UUID
    tickets: int
    overdue: int
    safety_issues: int
    planned_visits: int


class Workloads(Schema):
    items: list[WorkloadBody]
