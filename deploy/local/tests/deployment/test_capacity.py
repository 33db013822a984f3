"""The capacity plan follows from its measurements."""

from axtech.capacity import SMALLEST, Measured, plan
from hypothesis import given
from hypothesis import strategies as st

FILES = st.integers(min_value=1, max_value=100_000)


@given(FILES, FILES)
def test_more_files_never_need_less(some: int, others: int) -> None:
    fewer, more = (plan(files, Measured()) for files in sorted((some, others)))
    assert fewer.api_replicas <= more.api_replicas
    assert fewer.worker_replicas <= more.worker_replicas
    assert fewer.database_gigabytes_a_year <= more.database_gigabytes_a_year


def test_a_plan_is_what_the_costs_say() -> None:
    costs = Measured(
        requests=324, events=100, event_bytes=1_000, row_bytes=100_000, document_bytes=10_000_000, requests_a_second=10
    )
    made = plan(1_000, costs)
    assert made.requests_at_peak == 50.0  # ten a second on average, five times that
    assert made.api_replicas == 4  # a third of it on one service, at five a second each
    assert made.worker_replicas == SMALLEST
    assert made.stream_gigabytes == 3.0
    assert made.database_gigabytes_a_year == 25.0
    assert made.storage_terabytes_a_year == 2.5
