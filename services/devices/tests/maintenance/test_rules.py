"""Anniversaries, renewals, forfaits and budgets."""

from datetime import date
from decimal import Decimal

import pytest
from common.clock import PARIS
from common.errors import Conflict
from devices.maintenance.domain import (
    Budget,
    ContractStatus,
    anniversary,
    forfait_on,
    next_anniversary,
    renewal,
    year_bounds,
)
from hypothesis import given
from hypothesis import strategies as st

AMOUNTS = {date(2025, 12, 1): Decimal("260.00"), date(2027, 1, 1): Decimal("280.00")}
days = st.dates(min_value=date(2000, 1, 1), max_value=date(2090, 12, 31))
euros = st.decimals(min_value=0, max_value=10_000, places=2)


@pytest.mark.parametrize(
    ("start", "years", "day"),
    [
        (date(2026, 3, 2), 1, date(2027, 3, 2)),
        (date(2028, 2, 29), 1, date(2029, 2, 28)),
        (date(2028, 2, 29), 4, date(2032, 2, 29)),
    ],
)
def test_an_anniversary_of_a_leap_day_is_the_28th_where_there_is_no_29th(start: date, years: int, day: date) -> None:
    assert anniversary(start, years) == day


@given(days, days)
def test_the_next_anniversary_is_the_first_one_after_the_day(start: date, after: date) -> None:
    found = next_anniversary(start, after)
    assert found > after
    assert found.year > start.year
    previous = anniversary(start, found.year - start.year - 1)
    assert previous <= after or previous == start


@pytest.mark.parametrize(
    ("status", "renewal_date", "today", "then"),
    [
        (ContractStatus.ACTIVE, date(2027, 3, 2), date(2026, 11, 24), date(2028, 3, 2)),
        (ContractStatus.ACTIVE, date(2027, 3, 2), date(2027, 3, 2), date(2028, 3, 2)),
        (ContractStatus.EXPIRED, date(2027, 3, 2), date(2029, 8, 1), date(2030, 3, 2)),
    ],
)
def test_a_renewal_leads_to_the_next_anniversary(
    status: ContractStatus, renewal_date: date, today: date, then: date
) -> None:
    assert renewal(status, date(2026, 3, 2), renewal_date, today) == then


@pytest.mark.parametrize(
    ("status", "renewal_date", "code"),
    [
        (ContractStatus.CANCELLED, date(2027, 3, 2), "BIZ_CONTRACT_CANCELLED"),
        (ContractStatus.ACTIVE, date(2028, 3, 2), "BIZ_CONTRACT_ALREADY_RENEWED"),
    ],
)
def test_what_is_cancelled_or_renewed_already_is_not_renewed(
    status: ContractStatus, renewal_date: date, code: str
) -> None:
    with pytest.raises(Conflict) as refused:
        renewal(status, date(2026, 3, 2), renewal_date, date(2026, 11, 24))
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("day", "amount"),
    [
        (date(2020, 1, 1), "260.00"),
        (date(2025, 12, 1), "260.00"),
        (date(2026, 12, 31), "260.00"),
        (date(2027, 1, 1), "280.00"),
        (date(2040, 1, 1), "280.00"),
    ],
)
def test_a_decree_changes_no_day_before_its_own(day: date, amount: str) -> None:
    assert forfait_on(AMOUNTS, day) == Decimal(amount)


def test_a_year_begins_at_midnight_in_france() -> None:
    start, end = year_bounds(2026)
    assert start.astimezone(PARIS).isoformat() == "2026-01-01T00:00:00+01:00"
    assert end.astimezone(PARIS).isoformat() == "2027-01-01T00:00:00+01:00"


@given(euros, euros, euros)
def test_a_budget_is_low_from_its_share_on_and_is_warned_of_once(
    amount: Decimal, before: Decimal, cost: Decimal
) -> None:
    then = Budget(2026, amount, before + cost, 80)
    earlier = Budget(2026, amount, before, 80)
    assert then.remaining == max(Decimal(0), amount - before - cost)
    assert then.remaining == 0 or then.exceeded_by == 0
    assert then.is_low == (before + cost >= amount * Decimal("0.8"))
    assert then.became_low_by(cost) == (then.is_low and not earlier.is_low)
