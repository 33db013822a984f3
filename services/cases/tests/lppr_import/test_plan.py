"""What an import does to the catalogue, as pure rules."""

from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

from cases.lppr_import.domain import Export, Plan, RefusalReason, Validity, plan
from hypothesis import given
from hypothesis import strategies as st

CODE = "4222803"
DAY = date(2026, 1, 1)


def validity(start: int, days: int | None, price: str = "1.00", label: str | None = "L") -> Validity:
    first = DAY + timedelta(days=start)
    last = None if days is None else first + timedelta(days=days)
    return Validity(CODE, label, "VEH", Decimal(price), first, last)


def planned(wanted: list[Validity], present: list[Validity], label: str | None = "L") -> Plan:
    made = Plan()
    plan(Export({CODE: wanted}, {CODE: label} if label else {}), CODE, present, made)
    return made


def applied(made: Plan, present: list[Validity]) -> list[Validity]:
    """The catalogue afterwards."""
    after = {each.valid_from: each for each in [*present, *made.update, *made.create]}
    return [after[start] for start in sorted(after)]


def series_of(start: int, periods: list[tuple[int, int, int]]) -> list[Validity]:
    """Validities one after the other, of (days, price, days until the next)."""
    found = []
    for days, price, gap in periods:
        found.append(validity(start, days, f"{price}.00"))
        start += days + 1 + gap
    return found


_periods = st.lists(st.tuples(st.integers(0, 100), st.integers(0, 5), st.integers(0, 3)), max_size=5)
series = st.builds(series_of, st.integers(0, 50), _periods)


@given(wanted=series, present=series)
def test_after_an_import_nothing_overlaps_and_another_changes_nothing(
    wanted: list[Validity], present: list[Validity]
) -> None:
    first = planned(wanted, present)
    after = applied(first, present)
    for earlier, later in pairwise(after):
        assert not earlier.overlaps(later)
    assert len(first.create) + len(first.update) + first.unchanged + len(first.refusals) == len(wanted)
    again = planned(wanted, after)
    assert (again.create, again.update, again.relabel) == ([], [], {})
    assert again.unchanged == len(wanted) - len(again.refusals)


def test_a_new_price_closes_the_old_one() -> None:
    made = planned([validity(0, 99), validity(100, None, "2.00")], [validity(0, None)])
    assert [each.valid_until for each in made.update] == [DAY + timedelta(days=99)]
    assert [each.max_price for each in made.create] == [Decimal("2.00")]


def test_what_was_put_there_by_hand_stays_and_is_not_overlapped() -> None:
    by_hand = validity(50, 10)
    made = planned([validity(0, None)], [by_hand])
    assert [refusal.reason for refusal in made.refusals] == [RefusalReason.OVERLAP]
    assert (made.create, made.update) == ([], [])


def test_a_code_is_new_only_with_a_label_and_an_old_one_keeps_its_own() -> None:
    unlabelled = validity(100, None, label=None)
    assert [refusal.reason for refusal in planned([unlabelled], [], None).refusals] == [RefusalReason.LABEL]
    assert [each.label for each in planned([unlabelled], [validity(0, 99)], None).create] == ["L"]


def test_a_new_label_reaches_validities_the_export_does_not_have() -> None:
    assert planned([], [validity(0, None)], "M").relabel == {CODE: "M"}
