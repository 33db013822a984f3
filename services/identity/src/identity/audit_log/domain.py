"""The hash chain: each entry's hash covers its own fields and the hash of the entry before it.

Whoever changes, removes or inserts an entry breaks the chain from there on, superusers included.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import orjson

START = bytes(32)
"""The hash before the first entry."""
_ONE_WAY = orjson.OPT_SORT_KEYS | orjson.OPT_PASSTHROUGH_DATETIME
_EXACT = 2**53
"""Whole numbers beyond this may not read back as they were written."""
COVERED = (
    "id",
    "timestamp",
    "service",
    "actor_id",
    "actor_type",
    "action",
    "object_type",
    "object_id",
    "changes",
    "ip_address",
    "user_agent",
    "request_id",
)


def hash_of(position: int, previous: bytes, entry: Mapping[str, Any]) -> bytes:
    """SHA-256 over position, previous hash and the `COVERED` fields, written in one way only."""
    covered = [position, previous.hex(), *(entry[name] for name in COVERED)]
    return hashlib.sha256(orjson.dumps(covered, default=_plain, option=_ONE_WAY)).digest()


def _plain(value: Any) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    if isinstance(value, UUID):
        return str(value)
    raise TypeError(f"{type(value).__name__} is no field of an entry")


def storable(value: Any) -> Any:
    """Changes as they read back from the database exactly: fractions and huge numbers as text, no NUL characters."""
    if isinstance(value, dict):
        return {str(storable(str(name))): storable(one) for name, one in value.items()}
    if isinstance(value, list):
        return [storable(one) for one in value]
    if isinstance(value, float) or (isinstance(value, int) and abs(value) > _EXACT):
        return repr(value)
    return value.replace("\0", "\N{REPLACEMENT CHARACTER}") if isinstance(value, str) else value


@dataclass(frozen=True, slots=True)
class Retired:
    """A run of entries that left the log after their retention: the chain goes on from `before` to `after`."""

    last_position: int
    before: bytes
    after: bytes


@dataclass(slots=True)
class Check:
    """Follows a chain entry by entry, over what was retired, by first position; `first_invalid` is the id of the first
    entry that does not fit."""

    retired: Mapping[int, Retired] = field(default_factory=dict)
    position: int = 0
    hash: bytes = START
    checked: int = 0
    first_invalid: UUID | None = None

    def take(self, position: int, previous: bytes, claimed: bytes, entry: Mapping[str, Any]) -> None:
        """Check the next entry by position; after the first that does not fit, all are only counted."""
        self.checked += 1
        if self.first_invalid is not None:
            return
        self._pass_retired()
        expected = self.position + 1
        if position != expected or previous != self.hash or hash_of(position, previous, entry) != claimed:
            self.first_invalid = entry["id"]
            return
        self.position, self.hash = expected, claimed

    def finish(self, position: int, head: bytes, last_id: UUID | None) -> None:
        """Compare with the head of the chain: entries missing at its end leave the last one invalid."""
        self._pass_retired()
        if self.first_invalid is None and (self.position, self.hash) != (position, head):
            self.first_invalid = last_id

    def _pass_retired(self) -> None:
        while (run := self.retired.get(self.position + 1)) and run.before == self.hash:
            self.position, self.hash = run.last_position, run.after
