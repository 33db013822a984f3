"""HTTP bodies of denials."""

from datetime import date

from common.http import Schema
from common.money import Money

from billing.denials.domain import Cause, NextStep


class Denials(Schema):
    """`times` counts denials, `claims` the claims denied; `recovered` of them are paid by now."""

    times: int
    claims: int
    amount: Money
    recovered: int


class DenialsOfCode(Denials):
    code: str | None
    label: str | None
    cause: Cause
    next_step: NextStep


class DenialsOfCause(Denials):
    cause: Cause
    next_step: NextStep


class DenialStatistics(Schema):
    """Denials from `start` to `end`, both included (days in France), the most frequent first."""

    start: date
    end: date
    by_code: list[DenialsOfCode]
    by_cause: list[DenialsOfCause]
