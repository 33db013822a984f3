"""HTTP bodies of recalls."""

from typing import Annotated, Self
from uuid import UUID

from common.contracts.enums import Severity
from common.http import Schema, UtcDateTime
from pydantic import Field, model_validator

from devices.instances.domain import DeviceStatus
from devices.instances.models import SERIAL_LENGTH
from devices.recalls.domain import Lot, RecallStatus
from devices.tickets.domain import TicketCategory, TicketStatus

Serial = Annotated[str, Field(min_length=1, max_length=SERIAL_LENGTH)]


class NewRecall(Schema):
    """`reference` is the manufacturer's or the authority's; `reason` becomes the description of each ticket."""

    reference: Annotated[str, Field(min_length=1, max_length=100)]
    product_id: UUID | None = None
    serial_from: Serial | None = None
    serial_to: Serial | None = None
    reason: Annotated[str, Field(min_length=1, max_length=5000)]
    category: TicketCategory
    severity: Severity
    is_safety_issue: bool = True

    @model_validator(mode="after")
    def _concerns_something(self) -> Self:
        problem = Lot(self.product_id, self.serial_from, self.serial_to).problem()
        if problem is not None:
            raise ValueError(problem)
        return self


class RecallBody(Schema):
    id: UUID
    reference: str
    product_id: UUID | None
    serial_from: str | None
    serial_to: str | None
    reason: str
    category: TicketCategory
    severity: Severity
    is_safety_issue: bool
    status: RecallStatus
    opened_by: UUID
    created_at: UtcDateTime


class RecallProgress(RecallBody):
    """How far a recall is: tickets opened, and how many of them are settled."""

    tickets: int
    settled: int


class RecalledDevice(Schema):
    """A device concerned, who has it, and the ticket opened for it. `id` is the ticket's."""

    id: UUID
    ticket_number: str
    ticket_status: TicketStatus
    device_id: UUID
    serial_number: str
    patient_id: UUID
    case_id: UUID
    device_status: DeviceStatus
