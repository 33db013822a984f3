"""HTTP bodies of visits."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from common.contracts.enums import VisitOutcome
from common.http import Schema, UtcDateTime
from common.money import Price
from pydantic import AwareDatetime, Field

Minutes = Annotated[int, Field(ge=5, le=600)]
Notes = Annotated[str, Field(min_length=1, max_length=5000)]


class NewVisit(Schema):
    technician_id: UUID
    scheduled_at: AwareDatetime
    duration_minutes: Minutes | None = None


class NewTime(Schema):
    """When a visit takes place instead; `durationMinutes` stays where it is not given."""

    scheduled_at: AwareDatetime
    duration_minutes: Minutes | None = None


class Completion(Schema):
    """How a visit ended. `labourCost` is EUR of the repair budget; by default what is agreed for a visit."""

    outcome: VisitOutcome
    notes: Notes | None = None
    signature_image_id: UUID | None = None
    labour_cost: Price | None = None


class VisitFilters(Schema):
    ticket_id: UUID | None = None
    technician_id: UUID | None = None
    outcome: VisitOutcome | None = None
    planned: bool | None = None
    since: datetime | None = None
    until: datetime | None = None


class VisitBody(Schema):
    id: UUID
    ticket_id: UUID
    technician_id: UUID
    scheduled_at: UtcDateTime
    scheduled_until: UtcDateTime
    departed_at: UtcDateTime | None
    arrived_at: UtcDateTime | None
    completed_at: UtcDateTime | None
    outcome: VisitOutcome | None
    notes: str | None
    signature_image_id: UUID | None
    labour_cost: Price | None
    rescheduled_from_id: UUID | None
    created_at: UtcDateTime
