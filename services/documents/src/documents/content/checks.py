"""The checks of an upload: what is announced, then what arrived."""

import hashlib
import re
from dataclasses import dataclass
from typing import Final

from documents.content.filenames import clean_filename
from documents.content.magic import HEAD_BYTES, TAIL_BYTES, MediaType, check_content
from documents.content.reasons import ContentRefused, Reason

MAX_SIZE_BYTES: Final = 52_428_800
"""50 MB, inclusive."""

# Registered for the same container; phones send either for a HEIC photograph.
_ALIASES = {"image/heif": MediaType.HEIC}
_SHA256_HEX = re.compile(r"[0-9a-fA-F]{64}")


@dataclass(frozen=True, slots=True)
class Declaration:
    """What the sender announced, cleaned."""

    filename: str
    media_type: MediaType
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Measured:
    """What was found in storage."""

    media_type: MediaType
    size_bytes: int
    sha256: str
    """Lower-case hexadecimal."""


def check_size(size_bytes: int) -> int:
    """The size, 1..52,428,800; raises ContentRefused(EMPTY or TOO_LARGE)."""
    if size_bytes <= 0:
        raise ContentRefused(Reason.EMPTY, "the file is empty")
    if size_bytes > MAX_SIZE_BYTES:
        raise ContentRefused(Reason.TOO_LARGE, f"the file is larger than {MAX_SIZE_BYTES} bytes")
    return size_bytes


def check_mime_type(mime_type: str) -> MediaType:
    """The allowed type; raises ContentRefused(TYPE_NOT_ALLOWED). Parameters (`; charset=`) are not accepted."""
    lowered = mime_type.strip().lower()
    if lowered in _ALIASES:
        return _ALIASES[lowered]
    try:
        return MediaType(lowered)
    except ValueError:
        allowed = ", ".join(MediaType)
        raise ContentRefused(Reason.TYPE_NOT_ALLOWED, f"accepted types: {allowed}") from None


def check_declaration(filename: str, mime_type: str, size_bytes: int) -> Declaration:
    """All that can be said before a byte is sent; raises ContentRefused with the first reason found."""
    size = check_size(size_bytes)
    media_type = check_mime_type(mime_type)
    return Declaration(clean_filename(filename), media_type, size)


class ContentCheck:
    """Reads a stored file once, in constant memory (about 200 KiB), whatever its size.

    `update` every chunk in order, then `finish` once.
    """

    def __init__(self) -> None:
        self._sha256 = hashlib.sha256()
        self._size = 0
        self._head = b""
        self._tail = b""

    def update(self, chunk: bytes) -> None:
        """Takes the next bytes; raises ContentRefused(TOO_LARGE) as soon as the limit is passed."""
        self._size += len(chunk)
        if self._size > MAX_SIZE_BYTES:
            check_size(self._size)
        self._sha256.update(chunk)
        if len(self._head) < HEAD_BYTES:
            self._head += chunk[: HEAD_BYTES - len(self._head)]
        self._tail = chunk[-TAIL_BYTES:] if len(chunk) >= TAIL_BYTES else (self._tail + chunk)[-TAIL_BYTES:]

    def finish(self, declared: Declaration, sha256: str | None = None) -> Measured:
        """Compares with the declaration (`sha256`: hexadecimal, any case).

        Raises ContentRefused with EMPTY, SIZE_MISMATCH, HASH_MISMATCH or CONTENT_MISMATCH, in that order.
        """
        check_size(self._size)
        if self._size != declared.size_bytes:
            raise ContentRefused(Reason.SIZE_MISMATCH, f"declared {declared.size_bytes} bytes, found {self._size}")
        found = self._sha256.hexdigest()
        if sha256 is not None and (not _SHA256_HEX.fullmatch(sha256) or sha256.lower() != found):
            raise ContentRefused(Reason.HASH_MISMATCH, "the SHA-256 differs from the one declared")
        return Measured(check_content(self._head, self._tail, declared.media_type), self._size, found)
