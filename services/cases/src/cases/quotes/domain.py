"""Rules of quotes: ceilings, sums, states.

All amounts are EUR with two places, and are only added or multiplied by whole numbers: nothing is ever rounded.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum

from common.contracts.enums import CaseStatus

MAX_LINES = 50
MAX_QUANTITY = 100
MAX_UNIT_PRICE = Decimal("999999.99")
"""Together they keep any total under the ten digits the database holds."""

VALIDITY = timedelta(days=90)
"""How long a patient may approve a quote after it was sent."""


class QuoteStatus(StrEnum):
    DRAFT = "DRAFT"
    PENDING_APPROVAL = "PENDING_APPROVAL"
    APPROVED = "APPROVED"
    REJECTED = "REJECTED"
    SUPERSEDED = "SUPERSEDED"


LIVE = frozenset({QuoteStatus.DRAFT, QuoteStatus.PENDING_APPROVAL, QuoteStatus.APPROVED})
"""What a new version supersedes; a rejected quote stays rejected."""


QUOTABLE = frozenset(
    {
        CaseStatus.INTAKE_RECEIVED,
        CaseStatus.DOCUMENTS_PENDING,
        CaseStatus.DOCUMENTS_COMPLETE,
        CaseStatus.UNDER_REVIEW,
        CaseStatus.QUOTE_PENDING,
        CaseStatus.QUOTE_READY,
        CaseStatus.PATIENT_APPROVAL_PENDING,
    }
)
"""Where a case may be given a new quote; later it goes back to QUOTE_PENDING first."""


@dataclass(frozen=True, slots=True)
class Amounts:
    """`total` = `coverage` (base lines) + `remainder` (optional lines), always."""

    total: Decimal
    coverage: Decimal
    remainder: Decimal


def line_total(quantity: int, unit_price: Decimal) -> Decimal:
    """The price of a line."""
    return quantity * unit_price


def above_ceiling(unit_price: Decimal, ceiling: Decimal | None, *, optional: bool) -> bool:
    """Whether a line costs more than the PLV allows: only base lines have a ceiling, and only where the item has."""
    return not optional and ceiling is not None and unit_price > ceiling


def amounts(lines: Iterable[tuple[Decimal, bool]]) -> Amounts:
    """The sums of a quote from `(line total, optional)` of each line: base lines are covered, the rest is not."""
    coverage = remainder = Decimal("0.00")
    for total, optional in lines:
        if optional:
            remainder += total
        else:
            coverage += total
    return Amounts(coverage + remainder, coverage, remainder)


def has_lapsed(valid_until: date | None, today: date) -> bool:
    """Whether the last day a quote may be approved on, which still counts, is over."""
    return valid_until is not None and valid_until < today
