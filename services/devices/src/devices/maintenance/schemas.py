"""HTTP bodies of maintenance contracts."""

from datetime import date
from typing import Annotated, Self
from uuid import UUID

from common.contracts.enums import ContractType
from common.http import Schema, UtcDateTime
from common.money import Price
from pydantic import Field

from devices.maintenance.domain import Budget, ContractStatus
from devices.maintenance.models import MaintenanceContract


class Cancellation(Schema):
    reason: Annotated[str, Field(min_length=1, max_length=1000)] | None = None


class BudgetBody(Schema):
    """The repairs of one calendar year, in euros; `isLow` warns before nothing is left."""

    year: int
    amount: Price
    consumed: Price
    remaining: Price
    exceeded_by: Price
    is_low: bool


class ContractBody(Schema):
    id: UUID
    device_id: UUID
    contract_type: ContractType
    start_date: date
    renewal_date: date
    annual_forfait: Price
    status: ContractStatus
    last_service_date: date | None
    next_service_date: date
    cancelled_at: UtcDateTime | None
    cancellation_reason: str | None
    budget: BudgetBody
    created_at: UtcDateTime
    updated_at: UtcDateTime

    @classmethod
    def of(cls, contract: MaintenanceContract, budget: Budget, next_service_date: date) -> Self:
        """The contract with this year's budget and the day its device is to be looked over."""
        made = {"budget", "next_service_date"}
        columns = {name: getattr(contract, name) for name in cls.model_fields if name not in made}
        return cls(**columns, budget=BudgetBody.model_validate(budget), next_service_date=next_service_date)
