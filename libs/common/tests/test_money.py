"""Amounts: exact, two places, strings in JSON."""

from decimal import Decimal

import pytest
from common.money import Money, Price, cents, total
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

MONEY = TypeAdapter(Money)
PRICE = TypeAdapter(Price)
amounts = st.decimals(min_value="-99999999.99", max_value="99999999.99", places=2, allow_nan=False)


@given(amounts)
def test_an_amount_survives_json(amount: Decimal) -> None:
    written = MONEY.dump_json(amount)
    assert written == f'"{amount:.2f}"'.encode()
    assert MONEY.validate_json(written) == amount


@given(st.lists(amounts, max_size=50))
def test_a_total_is_exact(parts: list[Decimal]) -> None:
    assert total(parts) == sum(parts)
    assert total(parts).as_tuple().exponent == -2


@given(st.decimals(min_value="-1e6", max_value="1e6", allow_nan=False, places=4))
def test_halves_of_a_cent_round_away_from_zero(amount: Decimal) -> None:
    rounded = cents(amount)
    assert abs(rounded - amount) <= Decimal("0.005")
    assert cents(-amount) == -rounded
    if abs(amount) % Decimal("0.01") == Decimal("0.005"):
        assert abs(rounded) > abs(amount)


@pytest.mark.parametrize("value", [1.5, True, "1.234", "NaN", "Infinity", "1e400", "", "1,50", None, "99999999999.99"])
def test_what_is_no_amount_is_refused(value: object) -> None:
    with pytest.raises(ValidationError):
        MONEY.validate_python(value)


def test_a_price_is_never_negative() -> None:
    assert PRICE.validate_python("0.00") == 0
    with pytest.raises(ValidationError):
        PRICE.validate_python("-0.01")
