"""Rules of sessions: how many, how long, and when trying has to wait."""

from datetime import timedelta

MAX_SESSIONS = 3
TRUST_LIFETIME = timedelta(days=30)
RECOVERY_CODES = 10
FREE_ATTEMPTS = 5
FAILURES_FORGOTTEN_AFTER = timedelta(days=1)
_FIRST_WAIT = timedelta(minutes=1)
_LONGEST_WAIT = timedelta(minutes=15)


def wait_after(failures: int) -> timedelta | None:
    """How long an address waits after its `failures`-th failure in a row: from the fifth on, a minute, then twice as
    long each time, a quarter of an hour at most. None while it need not."""
    if failures < FREE_ATTEMPTS:
        return None
    doublings = min(failures - FREE_ATTEMPTS, 10)
    return min(_FIRST_WAIT * (1 << doublings), _LONGEST_WAIT)


def surplus(open_sessions: int) -> int:
    """How many of the oldest sessions end so that one more may begin."""
    return max(0, open_sessions - MAX_SESSIONS + 1)
