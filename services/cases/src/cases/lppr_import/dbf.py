"""Reading DBF tables as they stream in: dBASE III with its descendants' headers, code page 850.

A table is a header of 32 bytes (record count at 4, header length at 8, record length at 10), one descriptor of 32 bytes
for each column (name, type at 11, length at 16) up to 0x0D, then records of one length: a flag (`*` deleted) and the
columns' text.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

ENCODING = "cp850"
MAX_TABLE_BYTES = 64 * 1024 * 1024
"""The largest table of the official export has a quarter of this."""
VERSIONS = frozenset({0x03, 0x30, 0x31, 0x32, 0x43, 0x63, 0x83, 0x8B, 0xCB, 0xF5})
"""First bytes of the kinds of DBF in use."""

_DESCRIPTOR = 32
_END_OF_COLUMNS = 0x0D
_DELETED = 0x2A
_BLOCK = 1000


class DbfError(ValueError):
    """A table that is not one, or not whole; the message says what is wrong."""


class Stream(Protocol):
    """What a table is read from."""

    def read(self, size: int, /) -> bytes: ...


@dataclass(frozen=True, slots=True)
class _Column:
    name: str
    start: int
    end: int


class DbfTable:
    """The header of a table, and its records once."""

    def __init__(self, stream: Stream) -> None:
        """Read the header; `DbfError`."""
        self._stream = stream
        header = _exactly(stream, 32)
        if header[0] not in VERSIONS:
            raise DbfError("not a DBF table")
        self.count, header_length, self._length = struct.unpack_from("<IHH", header, 4)
        if self.count * self._length > MAX_TABLE_BYTES:
            raise DbfError(f"the table is larger than {MAX_TABLE_BYTES} bytes")
        self._columns = _columns(_exactly(stream, max(0, header_length - 32)))
        if self._length != 1 + sum(column.end - column.start for column in self._columns.values()):
            raise DbfError("the columns do not make up a record")

    @property
    def columns(self) -> frozenset[str]:
        """The names of its columns."""
        return frozenset(self._columns)

    def rows(self, *wanted: str) -> Iterator[tuple[int, list[str]]]:
        """`(number from 1, text of each column of `wanted`)` of every record not deleted; `DbfError` at a bad one."""
        cuts = [self._columns[name] for name in wanted]
        number = 0
        while number < self.count:
            block = _exactly(self._stream, self._length * min(_BLOCK, self.count - number))
            for start in range(0, len(block), self._length):
                number += 1
                if block[start] == _DELETED:
                    continue
                if block[start] != 0x20:
                    raise DbfError(f"record {number} does not start as one")
                yield number, [_text(block[start + cut.start : start + cut.end]) for cut in cuts]


def _columns(descriptors: bytes) -> dict[str, _Column]:
    found: dict[str, _Column] = {}
    place = 1
    for at in range(0, len(descriptors), _DESCRIPTOR):
        if descriptors[at] == _END_OF_COLUMNS:
            return found
        if at + _DESCRIPTOR > len(descriptors):
            break
        name = descriptors[at : at + 11].split(b"\0", 1)[0].decode("ascii", "replace").upper()
        length = descriptors[at + 16]
        found[name] = _Column(name, place, place + length)
        place += length
    raise DbfError("the list of columns does not end")


def _text(raw: bytes) -> str:
    return raw.decode(ENCODING).strip(" \0")


def _exactly(stream: Stream, size: int) -> bytes:
    parts = []
    while size:
        part = stream.read(size)
        if not part:
            raise DbfError("the table ends too early")
        parts.append(part)
        size -= len(part)
    return b"".join(parts)
