"""A file's bytes at any size in little memory: small ones stay in memory, others go to an unlinked temporary file."""

import mmap
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import IO

IN_MEMORY_BYTES = 1024 * 1024
WINDOW_BYTES = 1024 * 1024

View = bytes | mmap.mmap
"""Both have a length, give bytes when sliced, and can be searched with `re`."""


class Spool:
    """Append-only bytes. `viewed()` gives them for random access; close it (or use `with`) when done."""

    def __init__(self) -> None:
        self._memory = bytearray()
        self._file: IO[bytes] | None = None
        self.size = 0

    def write(self, chunk: bytes) -> None:
        self.size += len(chunk)
        if self._file is None:
            self._memory += chunk
            if len(self._memory) > IN_MEMORY_BYTES:
                self._file = tempfile.TemporaryFile(prefix="scan-")  # noqa: SIM115  closed in `close`
                self._file.write(self._memory)
                self._memory.clear()
        else:
            self._file.write(chunk)

    @contextmanager
    def viewed(self) -> Iterator[View]:
        """All that was written, read-only; nothing is copied to memory from the file."""
        if self._file is None:
            yield bytes(self._memory)
            return
        self._file.flush()
        with mmap.mmap(self._file.fileno(), 0, access=mmap.ACCESS_READ) as view:
            yield view

    def close(self) -> None:
        self._memory.clear()
        if self._file is not None:
            self._file.close()

    def __enter__(self) -> "Spool":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()


def windows(view: View, size: int, overlap: int, stop: Callable[[], None]) -> Iterator[tuple[int, bytes]]:
    """(offset, bytes) of each piece of `view`, with the next one's beginning; `stop` is called before and may raise."""
    for at in range(0, max(len(view), 1), size):
        stop()
        yield at, view[at : at + size + overlap]
