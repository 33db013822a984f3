"""Rules of the catalogue."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from cases.catalogue.domain import FamilyCategory, PriorAgreement, agreed_by_silence_at, annual_forfait, in_force
from hypothesis import given
from hypothesis import strategies as st


@pytest.mark.parametrize(
    ("category", "of_item", "expected"),
    [
        (FamilyCategory.MANUAL_WHEELCHAIR, None, "260.00"),
        (FamilyCategory.ELECTRIC_WHEELCHAIR, None, "750.00"),
        (FamilyCategory.ELECTRIC_WHEELCHAIR, "812.50", "812.50"),
        (FamilyCategory.MANUAL_WHEELCHAIR, "0.00", "0.00"),
        (FamilyCategory.ACCESSORY, "812.50", None),
    ],
)
def test_the_forfait_is_the_items_or_the_familys(
    category: FamilyCategory, of_item: str | None, expected: str | None
) -> None:
    given_amount = None if of_item is None else Decimal(of_item)
    assert annual_forfait(category, given_amount) == (None if expected is None else Decimal(expected))


@given(start=st.dates(), days=st.integers(0, 4000), offset=st.integers(-5000, 5000))
def test_a_validity_covers_both_its_ends_and_nothing_outside(start: date, days: int, offset: int) -> None:
    try:
        end, day = start + timedelta(days), start + timedelta(offset)
    except OverflowError:
        return
    assert in_force(start, end, day) == (0 <= offset <= days)
    assert in_force(start, None, day) == (offset >= 0)


def test_the_funds_silence_is_agreement_after_the_longest_delay_that_applies() -> None:
    submitted = datetime(2026, 12, 31, 10, tzinfo=UTC)
    none, standard, on_quote = PriorAgreement.NONE, PriorAgreement.STANDARD, PriorAgreement.ON_QUOTE
    assert agreed_by_silence_at(submitted, [none]) is None
    assert agreed_by_silence_at(submitted, [none, standard]) == datetime(2027, 1, 15, 10, tzinfo=UTC)
    assert agreed_by_silence_at(submitted, [on_quote, standard]) == datetime(2027, 2, 28, 10, tzinfo=UTC)
