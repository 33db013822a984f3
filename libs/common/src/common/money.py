"""Amounts in euros: `Decimal` with two places inside, a decimal string in JSON, never a float."""

from decimal import ROUND_HALF_UP, Decimal
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, PlainSerializer

CENT = Decimal("0.01")
ZERO = Decimal("0.00")
LIMIT = Decimal("9999999999.99")


def cents(amount: Decimal) -> Decimal:
    """`amount` with exactly two places, halves rounded away from zero as on an invoice."""
    return amount.quantize(CENT, rounding=ROUND_HALF_UP)


def total(amounts: list[Decimal]) -> Decimal:
    """The exact sum of `amounts`, with two places."""
    return cents(sum(amounts, ZERO))


def _read(value: Any) -> Any:
    if isinstance(value, float | bool):
        raise ValueError('an amount is a decimal string such as "3161.21", never a float')  # noqa: TRY004 - pydantic
    return value


def _write(value: Decimal) -> str:
    return str(value.quantize(CENT))


Money = Annotated[
    Decimal,
    BeforeValidator(_read),
    Field(max_digits=12, decimal_places=2, allow_inf_nan=False, ge=-LIMIT, le=LIMIT, examples=["3161.21"]),
    PlainSerializer(_write, return_type=str, when_used="always"),
]
"""A signed amount. In JSON a string with two places."""

Price = Annotated[Money, Field(ge=0)]
"""An amount that is never negative."""
