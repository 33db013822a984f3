"""Events of the devices service."""

from datetime import date, datetime
from typing import ClassVar
from uuid import UUID

from common.contracts.enums import ContractType, Escalation, Severity, VisitOutcome
from common.events.contract import CaseEvent, Event
from common.money import Money


class DeviceEvent(CaseEvent):
    service: ClassVar[str] = "devices"
    device_id: UUID
    patient_id: UUID


class DeviceRegisteredV1(DeviceEvent):
    name: ClassVar[str] = "device.registered"
    product_id: UUID


class ContractActivatedV1(DeviceEvent):
    name: ClassVar[str] = "contract.activated"
    contract_id: UUID
    contract_type: ContractType
    renewal_date: date


class ContractRenewalDueV1(DeviceEvent):
    name: ClassVar[str] = "contract.renewal-due"
    contract_id: UUID
    renewal_date: date


class ContractServiceDueV1(DeviceEvent):
    """A device is to be looked over soon although nothing is wrong with it."""

    name: ClassVar[str] = "contract.service-due"
    contract_id: UUID
    service_date: date


class ContractExpiredV1(DeviceEvent):
    name: ClassVar[str] = "contract.expired"
    contract_id: UUID


class ContractBudgetLowV1(DeviceEvent):
    """Little is left of what a device's repairs may cost in a calendar year; euros."""

    name: ClassVar[str] = "contract.budget-low"
    contract_id: UUID
    year: int
    amount: Money
    consumed: Money


class ConversationEscalatedV1(Event):
    """The assistant hands a conversation to a human, or has told somebody to call the hotline."""

    service: ClassVar[str] = "devices"
    name: ClassVar[str] = "conversation.escalated"
    conversation_id: UUID
    user_id: UUID
    patient_id: UUID
    escalation: Escalation


class TicketEvent(DeviceEvent):
    ticket_id: UUID
    ticket_number: str


class TicketOpenedV1(TicketEvent):
    name: ClassVar[str] = "ticket.opened"
    severity: Severity
    is_safety_issue: bool


class TicketSafetyReportedV1(TicketEvent):
    name: ClassVar[str] = "ticket.safety-reported"
    severity: Severity


class TicketAssignedV1(TicketEvent):
    name: ClassVar[str] = "ticket.assigned"
    technician_id: UUID
    previous_technician_id: UUID | None


class TicketResolvedV1(TicketEvent):
    name: ClassVar[str] = "ticket.resolved"


class VisitScheduledV1(TicketEvent):
    """`rescheduled_from_id` is the visit that this one takes place instead of."""

    name: ClassVar[str] = "visit.scheduled"
    visit_id: UUID
    technician_id: UUID
    scheduled_at: datetime
    rescheduled_from_id: UUID | None = None


class VisitDepartedV1(TicketEvent):
    """The technician is on the way to a planned visit."""

    name: ClassVar[str] = "visit.departed"
    visit_id: UUID
    technician_id: UUID
    scheduled_at: datetime


class VisitCompletedV1(TicketEvent):
    name: ClassVar[str] = "visit.completed"
    visit_id: UUID
    technician_id: UUID
    outcome: VisitOutcome
