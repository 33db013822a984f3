"""Identifiers that are made from others."""

from uuid import RFC_4122, UUID

from common.ids import derived_id, new_id
from hypothesis import given
from hypothesis import strategies as st

causes = st.builds(lambda bits: UUID(int=bits), st.integers(0, 2**128 - 1))


@given(causes, st.text())
def test_what_came_of_a_cause_is_a_uuid_version_7_of_its_millisecond(cause: UUID, what: str) -> None:
    made = derived_id(cause, what)
    assert (made.version, made.variant) == (7, RFC_4122)
    assert made.int >> 80 == cause.int >> 80
    assert made == derived_id(cause, what)


@given(st.lists(st.tuples(causes, st.text()), unique=True, max_size=20))
def test_no_two_things_have_one_id(things: list[tuple[UUID, str]]) -> None:
    assert len({derived_id(cause, what) for cause, what in things}) == len(things)


def test_it_is_not_the_id_of_its_cause() -> None:
    cause = new_id()
    assert derived_id(cause, "") != cause
