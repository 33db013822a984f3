import io
import zipfile

import pytest
from documents.content import HEAD_BYTES, TAIL_BYTES, ContentRefused, MediaType, Reason, check_content, detect
from hypothesis import given
from hypothesis import strategies as st

PDF = (
    b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<</Type/Catalog>>\nendobj\ntrailer\n<</Root 1 0 R>>\nstartxref\n0\n%%EOF\n"
)
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(17) + b"\x00\x00\x00\x00IEND\xaeB\x60\x82"
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00" + bytes(64) + b"\xff\xd9"
TIFF_LITTLE = b"II*\x00\x08\x00\x00\x00" + bytes(32)
TIFF_BIG = b"MM\x00*\x00\x00\x00\x08" + bytes(32)
HEIC = b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic" + bytes(32)
HEIC_MIF1 = b"\x00\x00\x00\x1cftypmif1\x00\x00\x00\x00mif1heicmiaf" + bytes(32)

GOOD = [
    (PDF, MediaType.PDF),
    (b"\xef\xbb\xbf\r\n" + PDF, MediaType.PDF),
    (PDF.replace(b"1.7", b"2.0"), MediaType.PDF),
    (PNG, MediaType.PNG),
    (JPEG, MediaType.JPEG),
    (TIFF_LITTLE, MediaType.TIFF),
    (TIFF_BIG, MediaType.TIFF),
    (HEIC, MediaType.HEIC),
    (HEIC_MIF1, MediaType.HEIC),
]


def checked(data: bytes, declared: MediaType) -> MediaType:
    return check_content(data[:HEAD_BYTES], data[-TAIL_BYTES:], declared)


def zipped(name: str = "a.txt", comment: bytes = b"") -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr(name, "hello")
        archive.comment = comment
    return packed.getvalue()


@pytest.mark.parametrize(("data", "kind"), GOOD)
def test_a_file_of_an_accepted_type_is_recognised(data: bytes, kind: MediaType) -> None:
    assert detect(data) is kind
    assert checked(data, kind) is kind


@pytest.mark.parametrize(("data", "kind"), GOOD)
def test_a_file_declared_as_another_type_is_refused(data: bytes, kind: MediaType) -> None:
    for other in set(MediaType) - {kind}:
        with pytest.raises(ContentRefused) as refused:
            checked(data, other)
        assert refused.value.reason is Reason.CONTENT_MISMATCH


@pytest.mark.parametrize(
    "data",
    [
        b"MZ\x90\x00" + bytes(60) + b"PE\x00\x00",
        b"\x7fELF\x02\x01\x01" + bytes(60),
        zipped(),
        b"GIF89a" + bytes(20),
        b"<!DOCTYPE html><html></html>",
        b"\x00\x00\x00\x1cftypavif\x00\x00\x00\x00avifmif1miaf" + bytes(16),
        b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom" + bytes(16),
        b"\x00\x00\x00\x1cftypmif1\x00\x00\x00\x00mif1avifmiaf" + bytes(16),
        b"II+\x00\x08\x00\x00\x00" + bytes(16),
        b"%PDF-" + b"x" * 20,
        b"Bonjour",
        b"\x89PNG",
        b"\xff\xd8",
    ],
)
def test_a_file_of_no_accepted_type_is_refused_whatever_is_declared(data: bytes) -> None:
    assert detect(data) is None
    for declared in MediaType:
        with pytest.raises(ContentRefused) as refused:
            checked(data, declared)
        assert refused.value.reason is Reason.CONTENT_MISMATCH


@pytest.mark.parametrize(
    "prefix",
    [b"MZ\x90\x00", b"\x7fELF", zipped(), b"<html><body>", b"#!/bin/sh\nexit\n", b"x", b"\x00", b" " * 65],
)
def test_a_pdf_behind_anything_but_a_little_white_space_is_refused(prefix: bytes) -> None:
    with pytest.raises(ContentRefused) as refused:
        checked(prefix + PDF, MediaType.PDF)
    assert refused.value.reason is Reason.CONTENT_MISMATCH


@pytest.mark.parametrize(("data", "kind"), GOOD)
@pytest.mark.parametrize("comment", [b"", b"\nstartxref\n%%EOF\n\x00\x00\x00\x00IEND\xaeB\x60\x82"])
def test_an_archive_appended_to_a_document_is_refused(data: bytes, kind: MediaType, comment: bytes) -> None:
    with pytest.raises(ContentRefused, match="archive"):
        checked(data + zipped(comment=comment), kind)


@pytest.mark.parametrize("image", [PNG, JPEG, TIFF_LITTLE, HEIC])
def test_an_image_that_readers_open_as_a_pdf_is_refused(image: bytes) -> None:
    with pytest.raises(ContentRefused, match="PDF"):
        checked(image[:40] + PDF + image[40:], detect(image) or MediaType.PDF)


def test_a_page_in_the_first_lines_of_a_pdf_is_refused() -> None:
    with pytest.raises(ContentRefused, match="script"):
        checked(b"%PDF-1.4\n%<script>alert(1)</script>\n" + PDF, MediaType.PDF)


@pytest.mark.parametrize(("data", "kind"), [(PDF[:-8], MediaType.PDF), (PNG[:-4], MediaType.PNG)])
def test_a_file_cut_short_is_refused(data: bytes, kind: MediaType) -> None:
    with pytest.raises(ContentRefused, match="cut short"):
        checked(data, kind)


def test_a_photograph_followed_by_its_film_is_accepted() -> None:
    # Phones append the moving picture after the still one's end.
    assert checked(JPEG + b"\x00\x00\x00\x18ftypmp42" + bytes(200_000), MediaType.JPEG) is MediaType.JPEG


@given(st.binary(max_size=2048), st.binary(max_size=2048), st.sampled_from(MediaType))
def test_any_bytes_are_either_the_declared_type_or_refused(head: bytes, tail: bytes, declared: MediaType) -> None:
    reason = None
    try:
        found = check_content(head, tail, declared)
    except ContentRefused as refused:
        reason = refused.reason
    else:
        assert found is declared is detect(head)
    assert reason in {None, Reason.CONTENT_MISMATCH}
