"""What a reconciliation adds up, and which differences it looks for. Amounts are in euros."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from common.contracts.enums import ClaimStatus, GatewayType

from billing.claims.domain import UNDECIDABLE, ZERO, outstanding, settled

_PAYING = frozenset({ClaimStatus.PARTIAL_PAYMENT, ClaimStatus.PAID})


class Difference(StrEnum):
    """What does not agree on a claim."""

    LEDGER = "LEDGER"
    """The claim's paid amount is not the sum of its payments."""
    STATUS = "STATUS"
    """The payments do not explain the status."""
    OVERPAID = "OVERPAID"
    """More was paid than claimed."""
    PAID_AFTER_WRITE_OFF = "PAID_AFTER_WRITE_OFF"
    """Payments and write-off together exceed the claim."""
    GATEWAY = "GATEWAY"
    """The gateway says another sum was paid: a return file is missing, or names no claim."""


@dataclass(frozen=True, slots=True)
class Position:
    """Where one claim stands; `ledger` is the signed sum of its payments."""

    claim_id: UUID
    claim_number: str
    invoice_number: str
    gateway_type: GatewayType
    status: ClaimStatus
    submitted_on: date | None
    claimed: Decimal
    paid: Decimal
    ledger: Decimal
    written_off: Decimal
    gateway_paid: Decimal | None

    @property
    def outstanding(self) -> Decimal:
        return outstanding(self.status, self.claimed, self.ledger, self.written_off)

    def age(self, day: date) -> int:
        """Days since it was last submitted."""
        return (day - self.submitted_on).days if self.submitted_on else 0

    def differences(self) -> list[Difference]:
        """What does not agree."""
        found = {
            Difference.LEDGER: self.paid != self.ledger,
            Difference.STATUS: settled(self.status, self.claimed, self.ledger) is not self.status,
            Difference.OVERPAID: self.ledger > self.claimed,
            Difference.PAID_AFTER_WRITE_OFF: self.written_off > 0
            and self.claimed >= self.ledger > self.claimed - self.written_off,
            Difference.GATEWAY: self.gateway_paid is not None and self.gateway_paid != self.ledger,
        }
        return [kind for kind, applies in found.items() if applies]


AGES: tuple[tuple[str, Callable[[int], bool]], ...] = (
    ("0-30", lambda days: days <= 30),
    ("31-60", lambda days: 30 < days <= 60),
    ("61-90", lambda days: 60 < days <= 90),
    ("over-90", lambda days: days > 90),
)
"""By how many days ago a claim was submitted what is outstanding is listed."""


@dataclass(slots=True)
class Sums:
    """Claims and their euros."""

    claims: int = 0
    claimed: Decimal = ZERO
    accepted: Decimal = ZERO
    paid: Decimal = ZERO
    written_off: Decimal = ZERO
    outstanding: Decimal = ZERO

    def add(self, position: Position) -> None:
        """Count a claim in."""
        self.claims += 1
        self.claimed += position.claimed
        if position.status in {ClaimStatus.ACCEPTED, *_PAYING}:
            self.accepted += position.claimed
        self.paid += position.ledger
        self.written_off += position.written_off
        self.outstanding += position.outstanding


@dataclass(slots=True)
class Totals:
    """What a whole reconciliation adds up to."""

    day: date
    overall: Sums = field(default_factory=Sums)
    by_gateway: dict[GatewayType, Sums] = field(default_factory=dict)
    by_age: dict[str, Sums] = field(default_factory=lambda: {name: Sums() for name, _ in AGES})

    def add(self, position: Position) -> None:
        """Count a claim in; those that were never sent are not claimed yet, those withdrawn not any more."""
        if position.status in UNDECIDABLE and not position.ledger:
            return
        self.overall.add(position)
        self.by_gateway.setdefault(position.gateway_type, Sums()).add(position)
        if position.outstanding:
            days = position.age(self.day)
            self.by_age[next(name for name, holds in AGES if holds(days))].add(position)
