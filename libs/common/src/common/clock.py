"""The one clock: every "now" of the platform is read here, aware and UTC, so that tests can set it."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

PARIS = ZoneInfo("Europe/Paris")

_offset = timedelta(0)


def now() -> datetime:
    """The present moment, aware, in UTC."""
    return datetime.now(UTC) + _offset


def today() -> date:
    """The calendar day in France, which is the one that prices, prescriptions and contracts go by."""
    return now().astimezone(PARIS).date()


@contextmanager
def travel(to: datetime) -> Iterator[None]:
    """Move the clock so that it reads `to` (aware) and goes on from there; for tests."""
    global _offset  # noqa: PLW0603 - one clock for the process is the point
    before = _offset
    _offset = to - datetime.now(UTC)
    try:
        yield
    finally:
        _offset = before
