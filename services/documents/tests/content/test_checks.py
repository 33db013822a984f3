import hashlib
from itertools import pairwise

import pytest
from documents.content import (
    MAX_SIZE_BYTES,
    ContentCheck,
    ContentRefused,
    Declaration,
    MediaType,
    Reason,
    check_declaration,
    check_mime_type,
    check_size,
)
from hypothesis import given
from hypothesis import strategies as st

PDF = b"%PDF-1.7\n1 0 obj\n<</Type/Catalog>>\nendobj\n" + bytes(range(256)) * 1000 + b"\ntrailer\n<<>>\n%%EOF\n"


def declared(size: int, kind: MediaType = MediaType.PDF) -> Declaration:
    return Declaration("ordonnance.pdf", kind, size)


def refusal_of(filename: str, mime_type: str, size: int) -> Reason:
    with pytest.raises(ContentRefused) as refused:
        check_declaration(filename, mime_type, size)
    return refused.value.reason


def test_a_good_declaration_is_cleaned() -> None:
    assert check_declaration(" scan.pdf ", "Application/PDF", MAX_SIZE_BYTES) == Declaration(
        "scan.pdf", MediaType.PDF, MAX_SIZE_BYTES
    )


def test_the_limit_is_fifty_megabytes_inclusive() -> None:
    assert check_size(52_428_800) == 52_428_800
    assert refusal_of("a.pdf", "application/pdf", 52_428_801) is Reason.TOO_LARGE


@pytest.mark.parametrize("size", [0, -1])
def test_an_empty_file_is_refused(size: int) -> None:
    assert refusal_of("a.pdf", "application/pdf", size) is Reason.EMPTY


@pytest.mark.parametrize("mime_type", ["", "text/html", "image/svg+xml", "application/pdf; x=y", "application/zip"])
def test_a_type_outside_the_list_is_refused(mime_type: str) -> None:
    assert refusal_of("a.pdf", mime_type, 10) is Reason.TYPE_NOT_ALLOWED


def test_heif_is_accepted_as_heic() -> None:
    assert check_mime_type("image/heif") is MediaType.HEIC


def test_a_bad_name_is_refused() -> None:
    assert refusal_of("../a.pdf", "application/pdf", 10) is Reason.BAD_FILENAME


@given(st.lists(st.integers(0, len(PDF)), max_size=8))
def test_the_same_file_is_measured_alike_however_it_is_cut(cuts: list[int]) -> None:
    check = ContentCheck()
    for start, end in pairwise([0, *sorted(cuts), len(PDF)]):
        check.update(PDF[start:end])
    measured = check.finish(declared(len(PDF)), hashlib.sha256(PDF).hexdigest().upper())
    assert (measured.media_type, measured.size_bytes) == (MediaType.PDF, len(PDF))
    assert measured.sha256 == hashlib.sha256(PDF).hexdigest()


@pytest.mark.parametrize(
    ("data", "size", "sha256", "kind", "reason"),
    [
        (b"", 10, None, MediaType.PDF, Reason.EMPTY),
        (PDF, len(PDF) + 1, None, MediaType.PDF, Reason.SIZE_MISMATCH),
        (PDF, len(PDF) - 1, None, MediaType.PDF, Reason.SIZE_MISMATCH),
        (PDF, len(PDF), "0" * 64, MediaType.PDF, Reason.HASH_MISMATCH),
        (PDF, len(PDF), "not a hash", MediaType.PDF, Reason.HASH_MISMATCH),
        (PDF, len(PDF), None, MediaType.PNG, Reason.CONTENT_MISMATCH),
        (b"MZ" + PDF[2:], len(PDF), None, MediaType.PDF, Reason.CONTENT_MISMATCH),
    ],
)
def test_what_differs_from_the_declaration_is_refused(
    data: bytes, size: int, sha256: str | None, kind: MediaType, reason: Reason
) -> None:
    check = ContentCheck()
    check.update(data)
    with pytest.raises(ContentRefused) as refused:
        check.finish(declared(size, kind), sha256)
    assert refused.value.reason is reason


def test_reading_stops_as_soon_as_the_limit_is_passed() -> None:
    check = ContentCheck()
    megabyte = bytes(1024 * 1024)
    for _ in range(50):
        check.update(megabyte)
    with pytest.raises(ContentRefused) as refused:
        check.update(b"x")
    assert refused.value.reason is Reason.TOO_LARGE
