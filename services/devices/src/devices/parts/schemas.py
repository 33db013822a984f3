"""HTTP bodies of parts."""

from typing import Annotated, Self
from uuid import UUID

from common.http import Schema, UtcDateTime
from common.money import Price
from pydantic import Field

from devices.maintenance.domain import Budget
from devices.maintenance.schemas import BudgetBody
from devices.parts.models import PartUsage


class NewPart(Schema):
    visit_id: UUID | None = None
    part_sku: Annotated[str, Field(min_length=1, max_length=100)]
    part_name: Annotated[str, Field(min_length=1, max_length=200)]
    quantity: Annotated[int, Field(ge=1, le=1000, strict=True)]
    unit_cost: Price


class PartBody(Schema):
    id: UUID
    ticket_id: UUID
    visit_id: UUID | None
    part_sku: str
    part_name: str
    quantity: int
    unit_cost: Price
    line_total: Price
    created_at: UtcDateTime

    @classmethod
    def of(cls, part: PartUsage) -> Self:
        """The part with what it cost in all."""
        made = {"line_total", "budget"}
        columns = {name: getattr(part, name) for name in cls.model_fields if name not in made}
        return cls(**columns, line_total=part.cost)


class PartUsedBody(PartBody):
    """`budget` is what the part leaves of this year's repair budget; None for a device without a contract."""

    budget: BudgetBody | None = None

    def leaving(self, budget: Budget | None) -> Self:
        """The same, with what is left."""
        return self.model_copy(update={"budget": BudgetBody.model_validate(budget) if budget else None})
