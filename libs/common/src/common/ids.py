"""Where identifiers are made."""

import hashlib
import os
from uuid import UUID

from uuid_utils.compat import uuid7


def new_id() -> UUID:
    """A UUID version 7: unique, and ordered by the moment it was made."""
    return uuid7()


def derived_id(cause: UUID, what: str) -> UUID:
    """The UUID version 7 of `what` came of `cause`: the same however often it is made, of the millisecond of `cause`.

    For what an event begins: read again by a database that was put back, it begins the same and not another one.
    """
    digest = int.from_bytes(hashlib.blake2b(cause.bytes + what.encode(), digest_size=10).digest())
    random = digest & ~(0xF << 76) & ~(0b11 << 62)
    return UUID(int=cause.int >> 80 << 80 | 0x7 << 76 | 0b10 << 62 | random)


class _Randomness:
    """Bytes of the operating system, asked for many at a time: each call of it costs as much as a query's parsing."""

    _BLOCK = 4096

    def __init__(self) -> None:
        self._block = b""
        self._used = 0

    def hex(self, length: int) -> str:
        if self._used + length > len(self._block):
            self._block, self._used = os.urandom(self._BLOCK), 0
        start, self._used = self._used, self._used + length
        return self._block[start : self._used].hex()


random_hex = _Randomness().hex
"""`random_hex(length)`: that many unguessable bytes as hexadecimal digits. Not for what must never be told twice
after a fork: a process of ours does not fork while it serves."""
