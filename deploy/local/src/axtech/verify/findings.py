"""What the checker tells."""

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """One thing that is not as it should be: in which service, about what id, and what is missing."""

    kind: str
    service: str
    about: str
    says: str

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Window:
    """What is looked at: what happened since a moment, and long enough ago to have had its effects.

    `stuck` is the moment before which work that was begun should have ended.
    """

    since: datetime
    before: datetime
    stuck: datetime

    @classmethod
    def until(cls, now: datetime, *, since: datetime, grace: timedelta, patience: timedelta) -> "Window":
        """Up to `grace` ago; work may take as long as `patience`."""
        return cls(since, now - grace, now - max(grace, patience))
