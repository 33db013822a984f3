"""When scheduled jobs run next."""

from datetime import UTC, datetime

import pytest
from axtech.commands.jobs import next_run

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("schedule", "zone", "upcoming"),
    [
        ("0 */15 * * * *", None, datetime(2026, 11, 24, 12, 15, tzinfo=UTC)),
        ("0 0 * * * *", None, datetime(2026, 11, 24, 13, 0, tzinfo=UTC)),
        ("0 40 3 * * 1", None, datetime(2026, 11, 30, 3, 40, tzinfo=UTC)),
        ("0 0 9 * * *", "Europe/Paris", datetime(2026, 11, 25, 8, 0, tzinfo=UTC)),
        ("@every 5s", None, None),
    ],
)
def test_a_schedule_of_times_of_day_says_when_it_ticks_next(
    schedule: str, zone: str | None, upcoming: datetime | None
) -> None:
    assert next_run(schedule, zone, NOON) == upcoming


@pytest.mark.parametrize(
    ("after", "upcoming"),
    [
        (datetime(2027, 3, 27, 12, 0, tzinfo=UTC), datetime(2027, 3, 28, 7, 0, tzinfo=UTC)),
        (datetime(2027, 10, 30, 12, 0, tzinfo=UTC), datetime(2027, 10, 31, 8, 0, tzinfo=UTC)),
    ],
)
def test_nine_in_paris_is_nine_in_paris_when_the_clocks_change(after: datetime, upcoming: datetime) -> None:
    assert next_run("0 0 9 * * *", "Europe/Paris", after) == upcoming
