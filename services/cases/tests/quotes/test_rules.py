"""Sums, ceilings and lapsing of quotes."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from cases.quotes.domain import (
    MAX_LINES,
    MAX_QUANTITY,
    MAX_UNIT_PRICE,
    above_ceiling,
    amounts,
    has_lapsed,
    line_total,
)
from cases.quotes.schemas import NewLine
from common.ids import new_id
from common.money import LIMIT, cents
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

prices = st.integers(0, int(MAX_UNIT_PRICE * 100)).map(lambda amount: Decimal(amount).scaleb(-2))
quantities = st.integers(1, MAX_QUANTITY)
lines = st.lists(st.tuples(quantities, prices, st.booleans()), min_size=1, max_size=MAX_LINES)


@given(lines)
def test_coverage_and_remainder_make_the_total_to_the_cent(made: list[tuple[int, Decimal, bool]]) -> None:
    priced = [(line_total(quantity, price), optional) for quantity, price, optional in made]
    sums = amounts(priced)
    in_cents = sum(quantity * int(price * 100) for quantity, price, _ in made)
    covered = sum(quantity * int(price * 100) for quantity, price, optional in made if not optional)
    assert sums.total == sums.coverage + sums.remainder == Decimal(in_cents) / 100
    assert sums.coverage == Decimal(covered) / 100
    assert amounts(reversed(priced)) == sums
    assert all(amount == cents(amount) and 0 <= amount <= LIMIT for amount in (sums.total, sums.coverage))


@given(price=prices, ceiling=prices)
def test_only_a_base_line_over_its_ceiling_is_too_dear(price: Decimal, ceiling: Decimal) -> None:
    assert above_ceiling(price, ceiling, optional=False) is (price > ceiling)
    assert above_ceiling(price, ceiling, optional=True) is False
    assert above_ceiling(price, None, optional=False) is False


def test_a_quote_may_be_approved_on_its_last_day() -> None:
    last = date(2026, 11, 24)
    assert not has_lapsed(last, last)
    assert has_lapsed(last, last + timedelta(days=1))
    assert not has_lapsed(None, last)


@pytest.mark.parametrize("quantity", [0, -1, 10**9, MAX_QUANTITY + 1, 1.5, "1", True, None])
def test_a_line_of_such_a_quantity_is_refused(quantity: object) -> None:
    _refused(quantity=quantity)


@pytest.mark.parametrize(
    "price", ["10.001", "NaN", "sNaN", "Infinity", "-Infinity", "-0.01", "1000000.00", "1e3000", "", 10.5, True, None]
)
def test_a_line_at_such_a_price_is_refused(price: object) -> None:
    _refused(unitPrice=price)


def _refused(**changes: object) -> None:
    good = {"productId": str(new_id()), "quantity": 1, "unitPrice": "10.00"}
    NewLine.model_validate(good)
    with pytest.raises(ValidationError) as refused:
        NewLine.model_validate({**good, **changes})
    assert {str(problem["loc"][0]) for problem in refused.value.errors()} == set(changes)
