"""Rules of break-glass."""

from datetime import timedelta

GRANT_LIFETIME = timedelta(minutes=60)
SHORTEST_JUSTIFICATION = 20
