"""What is packed inside a file: members of zip archives, streams of PDFs, compressed files.

Nothing here trusts a directory or a declared length: members and streams are found by their own headers, wherever
they stand, and unpacked as far as they go, so that neither a damaged index nor a false size hides anything. Every
unpacked byte is paid from one `Budget`.
"""

import base64
import binascii
import re
import time
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from documents.scanning.buffers import WINDOW_BYTES, View, windows

_FEED_BYTES = 16 * 1024
_OUTPUT_BYTES = 256 * 1024
_ENCODED_TEXT_BYTES = 8 * 1024 * 1024
_IMAGE_SAMPLE_BYTES = 1024 * 1024
_DICTIONARY_BYTES = 4096


class Kind(StrEnum):
    """What bytes are, for the rules and for what to look for inside."""

    PDF = "pdf"
    PDF_OBJECTS = "pdf_objects"
    IMAGE = "image"
    ZIP = "zip"
    OLE = "ole"
    GZIP = "gzip"
    ZLIB = "zlib"
    OTHER = "other"


class Unscannable(Exception):
    """The content cannot be looked into safely; `signature` says why. Such a file is refused."""

    def __init__(self, signature: str) -> None:
        super().__init__(signature)
        self.signature = signature


class ScanTimeout(Exception):
    """The deadline has passed."""


@dataclass(slots=True)
class Budget:
    """What one scan may spend: bytes unpacked, parts, depth, time (`deadline` on the monotonic clock)."""

    bytes_left: int = 256 * 1024 * 1024
    parts_left: int = 20_000
    depth: int = 5
    deadline: float = float("inf")

    def spend_bytes(self, count: int) -> None:
        self.bytes_left -= count
        if self.bytes_left < 0:
            raise Unscannable("Limits_unpacked_size")

    def spend_part(self) -> None:
        self.parts_left -= 1
        if self.parts_left < 0:
            raise Unscannable("Limits_parts")
        self.check_time()

    def check_time(self) -> None:
        if time.monotonic() > self.deadline:
            raise ScanTimeout


@dataclass(frozen=True, slots=True)
class Part:
    """Something unpacked; `chunks` is read once."""

    chunks: Iterable[bytes]
    kind: Kind | None = None
    """Known from outside; None: to be told from its first bytes."""


_STARTS = (
    (b"\x89PNG", Kind.IMAGE),
    (b"\xff\xd8\xff", Kind.IMAGE),
    (b"II*\x00", Kind.IMAGE),
    (b"MM\x00*", Kind.IMAGE),
    (b"GIF8", Kind.IMAGE),
    (b"PK\x03\x04", Kind.ZIP),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", Kind.OLE),
    (b"\x1f\x8b\x08", Kind.GZIP),
)


def kind_of(head: bytes) -> Kind:
    """What these first bytes (1 KiB is enough) are. A PDF header counts as readers take it: anywhere in them."""
    if b"%PDF-" in head[:1024]:
        return Kind.PDF
    for start, kind in _STARTS:
        if head.startswith(start):
            return kind
    if head[4:8] == b"ftyp":
        return Kind.IMAGE
    return Kind.ZLIB if len(head) > 2 and _is_zlib(head[:2]) else Kind.OTHER


def parts(view: View, kind: Kind, budget: Budget) -> Iterator[Part]:
    """Everything packed in `view`, in order; raises Unscannable where it may not be unpacked."""
    if kind is Kind.GZIP:
        yield Part(_inflate(_from(view, 0), zlib.MAX_WBITS | 16, budget))
    elif kind is Kind.ZLIB:
        yield Part(_inflate(_from(view, 2), -zlib.MAX_WBITS, budget))
    if kind in {Kind.PDF, Kind.PDF_OBJECTS}:
        yield from _pdf_streams(view, budget)
    yield from _zip_members(view, budget)


def _positions(pattern: re.Pattern[bytes], view: View, budget: Budget) -> Iterator[tuple[int, int]]:
    """(start, end) of each match of up to 64 bytes. Window by window: a search holds the interpreter lock."""
    for offset, window in windows(view, WINDOW_BYTES, 64, budget.check_time):
        for found in pattern.finditer(window):
            if found.start() < WINDOW_BYTES:
                yield offset + found.start(), offset + found.end()


# --- zip -------------------------------------------------------------------------------------------------------------

_ZIP_MEMBER = re.compile(rb"PK\x03\x04")
_ZIP_METHODS = frozenset({0, 1, 6, 8, 9, 12, 14, 93, 95, 96, 98, 99})


def _zip_members(view: View, budget: Budget) -> Iterator[Part]:
    """Deflated members. Stored ones need no unpacking: their bytes are scanned, and searched, where they stand."""
    for at, _ in _positions(_ZIP_MEMBER, view, budget):
        header = view[at : at + 30]
        if len(header) < 30:
            return
        version, flags, method = (int.from_bytes(header[i : i + 2], "little") for i in (4, 6, 8))
        name_bytes, extra_bytes = (int.from_bytes(header[i : i + 2], "little") for i in (26, 28))
        if version > 63 or method not in _ZIP_METHODS or not 0 < name_bytes <= 4096:
            continue  # four bytes of something else
        name = view[at + 30 : at + 30 + name_bytes]
        if any(byte < 0x20 for byte in name):
            continue
        budget.spend_part()
        if flags & 1:
            raise Unscannable("Archive_encrypted")
        if method not in {0, 8}:
            raise Unscannable("Archive_unknown_method")
        if method == 8:
            yield Part(_inflate(_from(view, at + 30 + name_bytes + extra_bytes), -zlib.MAX_WBITS, budget))


# --- PDF -------------------------------------------------------------------------------------------------------------

_STREAM = re.compile(rb"stream[ \t]{0,32}(?:\r\n|\n|\r)")
_FILTERS = re.compile(
    rb"/(FlateDecode|Fl|ASCIIHexDecode|AHx|ASCII85Decode|A85|LZWDecode|LZW|RunLengthDecode|RL|DCTDecode|DCT"
    rb"|CCITTFaxDecode|CCF|JBIG2Decode|JPXDecode|Crypt)(?![A-Za-z0-9])"
)
_IMAGE = re.compile(rb"/Subtype\s*/Image(?![A-Za-z0-9])")
_OBJECT_STREAM = re.compile(rb"/ObjStm(?![A-Za-z0-9])")
_OBJECT_START = re.compile(rb"\d\s+obj(?![A-Za-z0-9])")
_PREDICTOR = re.compile(rb"/Predictor\s+(?:[2-9]|1\d)")
_NAME_ESCAPE = re.compile(rb"#([0-9A-Fa-f]{2})")
_TEXT_ENDS = {b"ASCIIHexDecode": b">", b"AHx": b">", b"ASCII85Decode": b"~>", b"A85": b"~>"}
_FLATE = frozenset({b"FlateDecode", b"Fl"})


def unescaped_names(data: bytes) -> bytes:
    """`/J#61vaScript` as `/JavaScript`. Applied to whole windows: changing other bytes than names does no harm here."""
    return _NAME_ESCAPE.sub(lambda found: bytes((int(found[1], 16),)), data)


def _pdf_streams(view: View, budget: Budget) -> Iterator[Part]:
    for at, data_at in _positions(_STREAM, view, budget):
        before = view[max(0, at - _DICTIONARY_BYTES) : at]
        if before.endswith(b"end"):
            continue
        budget.spend_part()
        start = max((match.end() for match in _OBJECT_START.finditer(before)), default=0)
        dictionary = unescaped_names(before[start:])
        filters = _FILTERS.findall(dictionary)
        is_objects = _OBJECT_STREAM.search(dictionary) is not None
        if is_objects and (_PREDICTOR.search(dictionary) or not set(filters) <= _FLATE | _TEXT_ENDS.keys()):
            raise Unscannable("PDF_object_stream_obfuscated")
        chunks = _decoded(view, data_at, filters, budget)
        if chunks is None:
            continue
        if is_objects:
            yield Part(chunks, Kind.PDF_OBJECTS)
        elif _IMAGE.search(dictionary):
            yield Part(_first(chunks, _IMAGE_SAMPLE_BYTES), Kind.OTHER)
        else:
            yield Part(chunks)


def _decoded(view: View, at: int, filters: list[bytes], budget: Budget) -> Iterator[bytes] | None:
    """The stream at `at` without its text encodings and first compression; None where it stands as it is."""
    texts = [_TEXT_ENDS[name] for name in filters if name in _TEXT_ENDS]
    if not texts:
        # By its bytes, not by its dictionary: a reader may find the dictionary where we do not.
        return _inflate(_from(view, at + 2), -zlib.MAX_WBITS, budget) if _is_zlib(view[at : at + 2]) else None
    data = view[at : at + _ENCODED_TEXT_BYTES]
    for end in texts:
        length = data.find(end)
        data = _decoded_text(data[: length if length >= 0 else len(data)], end)
    budget.spend_bytes(len(data))
    return _inflate(iter((data[2:],)), -zlib.MAX_WBITS, budget) if _is_zlib(data[:2]) else iter((data,))


def _decoded_text(data: bytes, end: bytes) -> bytes:
    try:
        if end == b"~>":
            return base64.a85decode(data.strip().removeprefix(b"<~"), ignorechars=b" \t\n\r\v\f\x00")
        digits = re.sub(rb"[^0-9A-Fa-f]", b"", data)
        return binascii.unhexlify(digits + b"0" * (len(digits) % 2))
    except ValueError:
        raise Unscannable("PDF_stream_malformed") from None


# --- deflate ---------------------------------------------------------------------------------------------------------


def _is_zlib(head: bytes) -> bool:
    return len(head) == 2 and head[0] & 0x0F == 8 and head[0] >> 4 <= 7 and (head[0] << 8 | head[1]) % 31 == 0


def _from(view: View, at: int) -> Iterator[bytes]:
    for start in range(at, len(view), _FEED_BYTES):
        yield view[start : start + _FEED_BYTES]


def _first(chunks: Iterator[bytes], limit: int) -> Iterator[bytes]:
    for chunk in chunks:
        yield chunk[:limit]
        limit -= len(chunk)
        if limit <= 0:
            return


def _inflate(feed: Iterator[bytes], wbits: int, budget: Budget) -> Iterator[bytes]:
    """Unpacks up to the end of the compressed data or its first damage: what came before it is what a reader shows.

    Bare deflate (no checksum to fail) in pieces of at most 256 KiB.
    """
    engine = zlib.decompressobj(wbits)
    for piece in feed:
        rest = piece
        while rest and not engine.eof:
            before = engine.copy()
            try:
                output = engine.decompress(rest, _OUTPUT_BYTES)
            except zlib.error:
                yield _salvaged(before, rest, budget)
                return
            rest = engine.unconsumed_tail
            yield _paid(output, budget)
        if engine.eof:
            return
    yield _paid(engine.flush(), budget)


def _salvaged(engine: "zlib._Decompress", piece: bytes, budget: Budget) -> bytes:
    """The call that met the damage lost its good beginning with it: the same again, a byte at a time."""
    salvaged = bytearray()
    for at in range(len(piece)):
        try:
            salvaged += engine.decompress(piece[at : at + 1])
        except zlib.error:
            break
    return _paid(bytes(salvaged), budget)


def _paid(output: bytes, budget: Budget) -> bytes:
    budget.spend_bytes(len(output))
    budget.check_time()
    return output
