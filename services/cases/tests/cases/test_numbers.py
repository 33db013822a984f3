"""What is taken for a part of a case number."""

import pytest
from cases.cases.numbers import Typed, typed
from hypothesis import given
from hypothesis import strategies as st

NUMBER = st.builds("AX-{}-{:06}".format, st.integers(2020, 2099), st.integers(1, 10_000_000))


def found(number: str, q: str) -> bool:
    """Whether the number is found by `q`, as the queries read it."""
    part = typed(q)
    return (
        (part.start is not None and number.startswith(part.start))
        or (part.anywhere is not None and part.anywhere in number)
        or (part.running is not None and part.running in number.split("-")[2])
    )


@pytest.mark.parametrize(
    ("q", "part"),
    [
        ("AX", Typed(start="AX")),
        ("ax-", Typed(start="AX-")),
        ("AX-20", Typed(start="AX-20")),
        (" ax-2026-0001 ", Typed(start="AX-2026-0001")),
        ("2026-", Typed(start="AX-2026-")),
        ("26-0001", Typed(start="AX-2026-0001")),
        ("123", Typed(anywhere="123")),
        ("2026", Typed(start="AX-2026-", running="2026")),
        ("1234", Typed(running="1234")),
        ("000123", Typed(running="000123")),
    ],
)
def test_a_part_is_looked_for_where_it_may_be(q: str, part: Typed) -> None:
    assert typed(q) == part


@pytest.mark.parametrize("q", ["Martin", "%%", "AXA", "AX-2026-12a", "12a", "1-2", "٣٤٥٦", "AX_2026", "--"])
def test_what_is_no_part_of_a_number_finds_none(q: str) -> None:
    assert typed(q) == Typed()


@given(NUMBER, st.data())
def test_every_end_beginning_and_run_of_digits_finds_its_number(number: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(2, len(number)))
    assert found(number, number[:start])
    _, year, running = number.split("-")
    assert found(number, year)
    assert found(number, f"{year}-{running}")
    assert found(number, f"{year[2:]}-{running}")
    first = data.draw(st.integers(0, len(running) - 1))
    last = data.draw(st.integers(first + 1, len(running)))
    assert found(number, running[first:last])


@given(NUMBER, st.text(alphabet="AX-0123456789", min_size=2, max_size=14))
def test_nothing_is_found_that_does_not_have_what_was_typed(number: str, q: str) -> None:
    if found(number, q):
        assert q.upper() in number
