"""Rules of maintenance contracts and of the yearly repair budget."""

from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from common.clock import PARIS
from common.errors import Conflict
from common.money import ZERO, cents


class ContractStatus(StrEnum):
    ACTIVE = "ACTIVE"
    EXPIRED = "EXPIRED"
    CANCELLED = "CANCELLED"


MOVES: Mapping[ContractStatus, frozenset[ContractStatus]] = {
    ContractStatus.ACTIVE: frozenset({ContractStatus.EXPIRED, ContractStatus.CANCELLED}),
    ContractStatus.EXPIRED: frozenset({ContractStatus.ACTIVE, ContractStatus.CANCELLED}),
    ContractStatus.CANCELLED: frozenset(),
}


def anniversary(start: date, years: int) -> date:
    """The day `years` after `start`; 28 February where a 29th has none."""
    try:
        return start.replace(year=start.year + years)
    except ValueError:
        return start.replace(year=start.year + years, day=28)


def next_anniversary(start: date, after: date) -> date:
    """The first anniversary of `start` that comes after the day `after`."""
    years = max(1, after.year - start.year)
    found = anniversary(start, years)
    return found if found > after else anniversary(start, years + 1)


def renewal(status: ContractStatus, start: date, renewal_date: date, today: date) -> date:
    """The next renewal date of a contract renewed `today`.

    `Conflict` when it was cancelled, or when it is renewed for the coming term already.
    """
    if status is ContractStatus.CANCELLED:
        raise Conflict("A cancelled contract is not renewed", code="BIZ_CONTRACT_CANCELLED")
    if renewal_date > anniversary(today, 1):
        raise Conflict("The contract is renewed for the coming year already", code="BIZ_CONTRACT_ALREADY_RENEWED")
    return next_anniversary(start, max(renewal_date, today))


def year_bounds(year: int) -> tuple[datetime, datetime]:
    """The first moment of a calendar year in France, and of the next."""
    return datetime(year, 1, 1, tzinfo=PARIS), datetime(year + 1, 1, 1, tzinfo=PARIS)


def forfait_on(amounts: Mapping[date, Decimal], day: date) -> Decimal:
    """The amount in force on `day`, from amounts by their first day; before the first of them, the first."""
    in_force = [start for start in amounts if start <= day]
    return amounts[max(in_force) if in_force else min(amounts)]


def months_after(day: date, months: int) -> date:
    """The same day of the month that many months later (or earlier); the month's last where it is shorter."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


class Upkeep(StrEnum):
    """What the daily check does about a contract."""

    EXPIRE = "EXPIRE"
    REMIND_OF_RENEWAL = "REMIND_OF_RENEWAL"
    REMIND_OF_SERVICE = "REMIND_OF_SERVICE"


@dataclass(frozen=True, slots=True)
class UpkeepRules:
    """How long before a date it is reminded of, and how many months after a service the next one is due."""

    renewal_notice_days: int
    service_notice_days: int
    service_months: int

    def next_service(self, served_since: date) -> date:
        """When a device is to be looked over although nothing is wrong with it."""
        return months_after(served_since, self.service_months)

    def latest_renewal(self, today: date) -> date:
        """A renewal up to this day is to be reminded of."""
        return today + timedelta(days=self.renewal_notice_days)

    def latest_service(self, today: date) -> date:
        """A service due up to this day is to be reminded of."""
        return today + timedelta(days=self.service_notice_days)


@dataclass(frozen=True, slots=True)
class ContractDates:
    """What the daily check looks at of a contract in force."""

    renewal_date: date
    renewal_reminded_for: date | None
    served_since: date
    service_reminded_since: date | None


def upkeep(dates: ContractDates, today: date, rules: UpkeepRules) -> list[Upkeep]:
    """What is to be done about a contract in force; each date is reminded of once."""
    if dates.renewal_date <= today:
        return [Upkeep.EXPIRE]
    found = []
    if dates.renewal_date <= rules.latest_renewal(today) and dates.renewal_reminded_for != dates.renewal_date:
        found.append(Upkeep.REMIND_OF_RENEWAL)
    due = rules.next_service(dates.served_since)
    if due <= rules.latest_service(today) and dates.service_reminded_since != dates.served_since:
        found.append(Upkeep.REMIND_OF_SERVICE)
    return found


@dataclass(frozen=True, slots=True)
class BudgetRules:
    """What a visit costs where nobody says, in euros, and from which part of a budget on it is warned of."""

    visit_cost: Decimal
    warning_percent: int


@dataclass(frozen=True, slots=True)
class Budget:
    """What a device's repairs may cost, and did, in one calendar year; euros."""

    year: int
    amount: Decimal
    consumed: Decimal
    warning_percent: int

    @property
    def remaining(self) -> Decimal:
        return cents(max(ZERO, self.amount - self.consumed))

    @property
    def exceeded_by(self) -> Decimal:
        return cents(max(ZERO, self.consumed - self.amount))

    @property
    def is_low(self) -> bool:
        """Whether so much is used up that it is to be warned of."""
        return self.consumed * 100 >= self.amount * self.warning_percent

    def became_low_by(self, cost: Decimal) -> bool:
        """Whether it is low since `cost`, which `consumed` holds already."""
        return self.is_low and not replace(self, consumed=self.consumed - cost).is_low
