"""Sums, ceilings and lapsing of quotes."""

from datetime import date, timedelta
from decimal import Decimal

from cases.quotes.domain import (
    MAX_LINES,
    MAX_QUANTITY,
    MAX_UNIT_PRICE,
    above_ceiling,
    amounts,
    has_lapsed,
    line_total,
)
from common.money import LIMIT, cents
from hypothesis import given
from hypothesis import strategies as st

prices = st.decimals(0, MAX_UNIT_PRICE, places=2)
quantities = st.integers(1, MAX_QUANTITY)
lines = st.lists(st.tuples(quantities, prices, st.booleans()), min_size=1, max_size=MAX_LINES)


@given(lines)
def test_coverage_and_remainder_make_the_total_to_the_cent(made: list[tuple[int, Decimal, bool]]) -> None:
    sums = amounts((line_total(quantity, price), optional) for quantity, price, optional in made)
    in_cents = sum(quantity * int(price * 100) for quantity, price, _ in made)
    covered = sum(quantity * int(price * 100) for quantity, price, optional in made if not optional)
    assert sums.total == sums.coverage + sums.remainder == Decimal(in_cents) / 100
    assert sums.coverage == Decimal(covered) / 100
    assert all(amount == cents(amount) and 0 <= amount <= LIMIT for amount in (sums.total, sums.coverage))


@given(lines, st.randoms())
def test_the_order_of_lines_does_not_matter(made: list[tuple[int, Decimal, bool]], random: object) -> None:
    shuffled = list(made)
    random.shuffle(shuffled)  # type: ignore[attr-defined]

    def total(of: list[tuple[int, Decimal, bool]]) -> object:
        return amounts((line_total(quantity, price), optional) for quantity, price, optional in of)

    assert total(made) == total(shuffled)


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
