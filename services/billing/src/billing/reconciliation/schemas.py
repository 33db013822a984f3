"""HTTP bodies of reconciliations."""

from datetime import date
from uuid import UUID

from common.contracts.enums import ClaimStatus, GatewayType
from common.http import Schema, UtcDateTime
from common.money import Money

from billing.reconciliation.domain import Difference


class Sums(Schema):
    claims: int
    claimed: Money
    accepted: Money
    paid: Money
    written_off: Money
    outstanding: Money


class SumsOfGateway(Sums):
    gateway_type: GatewayType


class SumsOfAge(Sums):
    """`days` since submission; only claims with something outstanding."""

    days: str


class Totals(Schema):
    overall: Sums
    by_gateway: list[SumsOfGateway]
    by_age: list[SumsOfAge]


class DifferenceBody(Schema):
    claim_id: UUID
    claim_number: str
    status: ClaimStatus
    kinds: list[Difference]
    claimed: Money
    paid: Money
    written_off: Money
    gateway_paid: Money | None


class ReconciliationBody(Schema):
    """As of `madeAt`; `differences` are the first of `differenceCount`, the CSV has them all."""

    day: date
    made_at: UtcDateTime
    totals: Totals
    differences: list[DifferenceBody]
    difference_count: int
