"""The file mechanics: blocks of 128 bytes, with or without line ends between them.

Block 1 is the header, whole; each following block is a flag and 127 data characters, flag 1 on the last one, whose
trailing spaces are trimmed (the block itself may be padded or cut short there); the last block is the end, whole.
"""

from collections.abc import Callable, Iterable, Iterator

from billing.noemie.errors import NoemieError

BLOCK = 128
DATA = BLOCK - 1
FLUSH = DATA * 512


class BlockReader:
    """Takes the bytes of a file as they come and gives the data characters; holds a few blocks at most."""

    def __init__(self) -> None:
        self.header = b""
        self.eol = b""
        self._buffer = bytearray()
        self._blocks = 0
        self._in_tail = False

    def feed(self, chunk: bytes | memoryview) -> bytes:
        """The data characters of the blocks that `chunk` completes."""
        self._buffer += chunk
        if not self.header:
            if len(self._buffer) < BLOCK + 2:
                return b""
            self._take_header()
        if self._in_tail:
            self._check_tail_length()
            return b""
        return self._take_blocks()

    def close(self) -> tuple[bytes, bytes]:
        """At the end of the file: the last data characters and the end block."""
        if not self._in_tail:
            raise NoemieError(self._offset() + len(self._buffer), 0, "the file ends before its last data block")
        tail = bytes(self._buffer)
        for ending in (b"\r\n", b"\n"):
            if tail.endswith(ending):
                tail = tail[: -len(ending)]
                break
        end, before = tail[-BLOCK:], tail[:-BLOCK]
        if not end.startswith(b"999") or not before.endswith(self.eol):
            raise NoemieError(self._offset() + len(tail), 0, "the file does not end with a whole end block (999)")
        data = before[1 : len(before) - len(self.eol)]
        if len(data) > DATA or (len(data) < DATA and data.endswith(b" ")):
            raise NoemieError(self._offset(), 0, "the last data block has the wrong length")
        return data.rstrip(b" "), end

    def position(self, offset: int) -> int:
        """Where in the file the data character `offset` stands."""
        block, place = divmod(offset, DATA)
        return (BLOCK + len(self.eol)) * (block + 1) + 1 + place

    def _offset(self) -> int:
        """Where in the file the buffer begins."""
        return (BLOCK + len(self.eol)) * (self._blocks + 1) if self.header else 0

    def _take_header(self) -> None:
        head = bytes(self._buffer[: BLOCK + 2])
        if not head.startswith(b"000"):
            raise NoemieError(0, 0, "the file does not begin with a header (000)")
        self.header = head[:BLOCK]
        self.eol = b"\r\n" if head.endswith(b"\r\n") else b"\n" if head[BLOCK:].startswith(b"\n") else b""
        del self._buffer[: BLOCK + len(self.eol)]

    def _take_blocks(self) -> bytes:
        stride = BLOCK + len(self.eol)
        count = len(self._buffer) // stride
        flags = bytes(self._buffer[: count * stride : stride])
        last = flags.find(b"1")
        if last >= 0:
            count = last
        blocks = self._buffer[: count * stride]
        if flags.count(b"0", 0, count) != count:
            wrong = next(index for index in range(count) if flags[index : index + 1] != b"0")
            raise NoemieError(self._offset() + wrong * stride, 0, "a data block begins with neither 0 nor 1")
        for place, char in reversed(list(enumerate(self.eol, start=BLOCK))):
            if blocks[place :: place + 1].count(char) != count:
                raise NoemieError(self._offset(), 0, "a block is not followed by the line end the header has")
            del blocks[place :: place + 1]
        del blocks[::BLOCK]
        del self._buffer[: count * stride]
        self._blocks += count
        self._in_tail = self._buffer.startswith(b"1")
        if self._in_tail:
            self._check_tail_length()
        return bytes(blocks)

    def _check_tail_length(self) -> None:
        whole = 2 * BLOCK + len(self.eol)
        if len(self._buffer) > whole + 2:
            raise NoemieError(self._offset() + whole, 0, "the file goes on after its end")


def pack(header: bytes, data: Iterable[bytes], end: Callable[[], bytes], eol: bytes = b"") -> Iterator[bytes]:
    """The bytes of a file, piece by piece; `end` is asked for the end block when all data has been taken."""
    yield header
    buffer = bytearray()
    for piece in data:
        buffer += piece
        if len(buffer) > FLUSH:
            whole = (len(buffer) - 1) // DATA * DATA
            yield b"".join([eol + b"0" + buffer[at : at + DATA] for at in range(0, whole, DATA)])
            del buffer[:whole]
    whole = max(len(buffer) - 1, 0) // DATA * DATA
    for at in range(0, whole, DATA):
        yield eol + b"0" + bytes(buffer[at : at + DATA])
    yield eol + b"1" + bytes(buffer[whole:]).ljust(DATA)
    yield eol + end()
