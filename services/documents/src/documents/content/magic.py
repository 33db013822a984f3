"""What a file really is, from its first and last bytes."""

import re
from enum import StrEnum
from typing import Final

from documents.content.reasons import ContentRefused, Reason

HEAD_BYTES: Final = 65_536
# A zip's end record sits within the last 22 + 65,535 bytes.
TAIL_BYTES: Final = 65_557

# Readers look for a PDF's header this far; what stands before it is how most polyglots are made.
_PDF_HEADER_WINDOW = 1024
_PDF_HEADER = re.compile(rb"\A(?:\xef\xbb\xbf)?[\t\n\f\r ]{0,64}%PDF-[12]\.\d")
_PDF_END_WINDOW = 1024

_PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_PNG_END = b"\x00\x00\x00\x00IEND\xaeB\x60\x82"
_HEIC_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs"})
_HEIF_BRANDS = frozenset({b"mif1", b"msf1"})

_FOREIGN_START = re.compile(
    rb"\A\s*(?:MZ|\x7fELF|PK\x03\x04|PK\x05\x06|#!|<\?php|<!doctype\s+html|<html|<script|<svg|Rar!|7z\xbc\xaf|\x1f\x8b)",
    re.IGNORECASE,
)
_MARKUP = re.compile(rb"<!doctype\s+html|<html[\s>]|<script[\s>]|<\?php", re.IGNORECASE)
_ZIP_END = b"PK\x05\x06"


class MediaType(StrEnum):
    """The types the platform accepts."""

    PDF = "application/pdf"
    PNG = "image/png"
    JPEG = "image/jpeg"
    TIFF = "image/tiff"
    HEIC = "image/heic"


def detect(head: bytes) -> MediaType | None:
    """The allowed type these first bytes are, or None. The first 1,024 bytes suffice; more than 64 KiB is ignored."""
    head = head[:HEAD_BYTES]
    if _PDF_HEADER.match(head):
        return MediaType.PDF
    if head.startswith(_PNG_SIGNATURE) and head[12:16] == b"IHDR":
        return MediaType.PNG
    if head.startswith(b"\xff\xd8\xff") and len(head) > 3 and head[3] >= 0xC0:
        return MediaType.JPEG
    if _is_tiff(head):
        return MediaType.TIFF
    if _is_heic(head):
        return MediaType.HEIC
    return None


def check_content(head: bytes, tail: bytes, declared: MediaType) -> MediaType:
    """The type found; raises ContentRefused(CONTENT_MISMATCH).

    head: the first min(size, 64 KiB) bytes; tail: the last min(size, TAIL_BYTES) bytes (they may overlap).
    Refused: an unknown or other type than declared, a second format in the same file, a cut PDF or PNG.
    """
    head = head[:HEAD_BYTES]
    found = detect(head)
    if found is None:
        what = "another format stands before the document" if _is_prefixed(head) else "the content is not recognised"
        raise _mismatch(what)
    if found is not declared:
        raise _mismatch(f"declared {declared}, found {found}")
    if _ends_as_zip(tail):
        raise _mismatch("an archive is appended to the document")
    if found is MediaType.PDF:
        if b"%%EOF" not in tail[-_PDF_END_WINDOW:]:
            raise _mismatch("the PDF is cut short")
        if _MARKUP.search(head[:_PDF_HEADER_WINDOW]):
            raise _mismatch("a page or script stands at the start of the PDF")
        return found
    if b"%PDF-" in head[:_PDF_HEADER_WINDOW]:
        raise _mismatch("the image is a PDF as well")
    if found is MediaType.PNG and _PNG_END not in tail:
        raise _mismatch("the PNG is cut short")
    return found


def _is_prefixed(head: bytes) -> bool:
    return b"%PDF-" in head[:_PDF_HEADER_WINDOW] or _FOREIGN_START.match(head) is not None


def _is_tiff(head: bytes) -> bool:
    # Classic TIFF only (BigTIFF exists for files over 4 GiB); the first directory cannot lie inside the header.
    if head[:4] == b"II*\x00":
        return int.from_bytes(head[4:8], "little") >= 8
    return head[:4] == b"MM\x00*" and int.from_bytes(head[4:8], "big") >= 8


def _is_heic(head: bytes) -> bool:
    """ISO base media whose `ftyp` box names an HEVC image brand; AVIF and films share the container."""
    size = int.from_bytes(head[:4], "big")
    if head[4:8] != b"ftyp" or not 16 <= size <= 512:
        return False
    major = head[8:12]
    compatible = {head[at : at + 4] for at in range(16, min(size, len(head)), 4)}
    return major in _HEIC_BRANDS or (major in _HEIF_BRANDS and not compatible.isdisjoint(_HEIC_BRANDS))


def _ends_as_zip(tail: bytes) -> bool:
    """Whether a zip end record closes the file: its comment length says exactly how much follows."""
    at = tail.rfind(_ZIP_END)
    while at >= 0:
        comment = int.from_bytes(tail[at + 20 : at + 22], "little")
        if len(tail) - at >= 22 and len(tail) - at - 22 == comment:
            return True
        at = tail.rfind(_ZIP_END, 0, at)
    return False


def _mismatch(detail: str) -> ContentRefused:
    return ContentRefused(Reason.CONTENT_MISMATCH, detail)
