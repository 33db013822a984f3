"""Reading documents in a process of its own, from the job to what staff confirm."""

import io
import shutil
import zlib
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pypdfium2  # type: ignore[import-untyped]
import pytest
from common.auth import Actor
from common.clock import today
from common.contracts.enums import DocumentType, Role
from common.contracts.jobs import ExtractTextV1
from common.testing import eventually
from common.testing.keys import actor
from documents.content import MediaType
from documents.content.magic import detect
from documents.extraction.domain import Field, proposals
from documents.extraction.process import Limits, Source, read
from PIL import ExifTags, Image
from pillow_heif import register_heif_opener

SAMPLES = Path(__file__).parents[4] / "samples"
PRESCRIPTION = (SAMPLES / "ordonnance.pdf").read_bytes()
CARD = (SAMPLES / "carte-identite.png").read_bytes()
PNG = b"\x89PNG\r\n\x1a\n"
register_heif_opener()
HAS_OCR = shutil.which("tesseract") is not None


async def chunks_of(data: bytes) -> AsyncIterator[bytes]:
    for at in range(0, len(data), 65_536):
        yield data[at : at + 65_536]


def pdf_drawing(content: bytes) -> bytes:
    packed = zlib.compress(content)
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Contents 4 0 R >>",
        b"<< /Filter /FlateDecode /Length %d >>\nstream\n%s\nendstream" % (len(packed), packed),
    ]
    body = b"".join(b"%d 0 obj\n%s\nendobj\n" % (number, each) for number, each in enumerate(objects, 1))
    return b"%PDF-1.7\n" + body + b"trailer\n<< /Root 1 0 R /Size 5 >>\n%%EOF\n"


async def test_a_text_layer_is_read_and_the_first_page_pictured() -> None:
    reading = await read(chunks_of(PRESCRIPTION), MediaType.PDF, Limits())
    assert reading is not None
    assert (reading.source, reading.pages) == (Source.TEXT_LAYER, 1)
    assert "PRESCRIPTION MÉDICALE" in reading.text
    assert (reading.thumbnail or b"").startswith(PNG)


async def test_a_scan_is_recognised_where_there_is_somebody_to_do_it() -> None:
    reading = await read(chunks_of(CARD), MediaType.PNG, Limits())
    assert reading is not None
    assert (reading.thumbnail or b"").startswith(PNG)
    assert reading.source is (Source.OCR if HAS_OCR else Source.NONE)
    assert bool(reading.text) is HAS_OCR


def saved(image: Image.Image, kind: str, **options: Any) -> bytes:
    written = io.BytesIO()
    image.save(written, kind, **options)
    return written.getvalue()


def photograph() -> Image.Image:
    """A picture wider than high, red on the left."""
    image = Image.new("RGB", (1200, 600), "white")
    image.paste("red", (0, 0, 600, 600))
    return image


def turned() -> Image.Exif:
    """What a phone says that was held upright: turn it right by a quarter."""
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    return exif


@pytest.mark.parametrize(
    ("make", "media_type", "size"),
    [
        (lambda: saved(photograph(), "PNG"), MediaType.PNG, (320, 160)),
        (lambda: saved(photograph(), "JPEG", exif=turned()), MediaType.JPEG, (160, 320)),
        (lambda: saved(photograph(), "TIFF", compression="tiff_lzw"), MediaType.TIFF, (320, 160)),
        (lambda: saved(photograph().convert("1"), "TIFF", compression="group4"), MediaType.TIFF, (320, 160)),
        (lambda: saved(photograph(), "HEIF"), MediaType.HEIC, (320, 160)),
        (lambda: saved(photograph().convert("RGBA"), "PNG"), MediaType.PNG, (320, 160)),
    ],
    ids=["png", "jpeg from a phone", "tiff", "tiff of a fax", "heic", "transparent png"],
)
async def test_every_accepted_picture_has_a_thumbnail_the_right_way_up(
    make: Callable[[], bytes], media_type: MediaType, size: tuple[int, int]
) -> None:
    content = make()
    assert detect(content) is media_type
    reading = await read(chunks_of(content), media_type, Limits())
    assert reading is not None
    assert reading.thumbnail is not None
    with Image.open(io.BytesIO(reading.thumbnail)) as small:
        assert (small.format, small.size) == ("PNG", size)
        assert not small.getexif()
        if small.mode == "RGB":
            assert small.getpixel((10, 10))[1:] < (20, 20)  # type: ignore[index]


def scan_of(pdf: bytes) -> Image.Image:
    """The first page as a scanner sees it, at 200 dpi in grey."""
    document = pypdfium2.PdfDocument(pdf)
    image: Image.Image = document[0].render(scale=200 / 72).to_pil().convert("L")
    document.close()
    return image


@pytest.mark.skipif(not HAS_OCR, reason="tesseract is not installed (Debian: apt-get install tesseract-ocr-fra)")
async def test_a_scanned_prescription_says_what_a_written_one_says() -> None:
    scan = scan_of(PRESCRIPTION)
    several = saved(scan, "TIFF", save_all=True, append_images=[Image.new("L", scan.size, 255)])
    for content, media_type in ((saved(scan, "PDF", resolution=200), MediaType.PDF), (several, MediaType.TIFF)):
        reading = await read(chunks_of(content), media_type, Limits())
        assert reading is not None
        assert (reading.source, reading.pages) == (Source.OCR, 1 if media_type is MediaType.PDF else 2)
        found = {(each.field, each.value) for each in proposals(reading.text, DocumentType.PRESCRIPTION, today())}
        assert {(Field.RPPS_NUMBER, "10100099992"), (Field.DOCUMENT_DATE, "2026-02-12")} <= found
        assert "MÉDICALE" in reading.text


@pytest.mark.parametrize(
    ("make", "limits"),
    [
        (lambda: b"%PDF-1.7\nnothing of the kind\n%%EOF\n", Limits()),
        (lambda: pdf_drawing(b"0 0 m 600 800 l 0 800 l 600 0 l f\n" * 2_000_000), Limits(cpu_seconds=1)),
        (lambda: pdf_drawing(b"BT " * 60_000_000), Limits(memory_bytes=256 * 1024 * 1024)),
    ],
    ids=["damaged", "takes for ever", "takes all memory"],
)
async def test_what_cannot_be_read_within_its_limits_is_left_unread(make: Callable[[], bytes], limits: Limits) -> None:
    assert await read(chunks_of(make()), MediaType.PDF, limits) is None


async def test_a_picture_that_unpacks_without_end_is_left_unread() -> None:
    bomb = saved(Image.new("1", (30_000, 30_000)), "PNG")
    assert len(bomb) < 200_000
    assert await read(chunks_of(bomb), MediaType.PNG, Limits()) is None


async def test_those_limits_are_enough_for_an_ordinary_document() -> None:
    limits = Limits(cpu_seconds=5, memory_bytes=256 * 1024 * 1024)
    assert await read(chunks_of(PRESCRIPTION), MediaType.PDF, limits) is not None


async def test_a_document_that_pictures_itself_does_not_loop() -> None:
    itself = pdf_drawing(b"").replace(b"/Kids [3 0 R]", b"/Kids [2 0 R]")
    assert await read(chunks_of(itself), MediaType.PDF, Limits(cpu_seconds=5)) is None


async def test_the_reader_sees_no_secret_of_ours(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    spy = tmp_path / "python"
    spy.write_text(f"#!/bin/sh\nenv > {tmp_path}/environment\n")
    spy.chmod(0o755)
    monkeypatch.setenv("S3_SECRET_KEY", "secret")
    monkeypatch.setattr("sys.executable", str(spy))
    with pytest.raises(ValueError, match=r"unexpected end|empty"):
        await read(chunks_of(CARD), MediaType.PNG, Limits())
    assert "secret" not in (tmp_path / "environment").read_text()


async def test_a_clean_document_is_read_and_its_contents_proposed(working_desk: Any, patient: Actor) -> None:
    desk = working_desk
    uploaded = await desk.scanned(patient, PRESCRIPTION)
    document = await eventually(lambda: desk.read(patient, uploaded["id"]), until=lambda found: found["metadata"])
    metadata = document["metadata"]
    assert (metadata["source"], metadata["pages"]) == ("TEXT_LAYER", 1)
    proposed = {each["field"]: each for each in reversed(metadata["proposals"])}
    assert proposed["rppsNumber"] == {"field": "rppsNumber", "value": "10100099992", "confidence": 0.95}
    assert proposed["documentDate"]["value"] == "2026-02-12"
    assert proposed["patientName"]["value"] == "Éléonore MARTIN-SPÉCIMEN"
    [event] = await desk.running.recorded("document.text-extracted")
    assert "MARTIN" not in str(event.data)
    async with desk.running.client(patient) as client, httpx.AsyncClient() as browser:
        link = (await client.get(f"/documents/{document['id']}/thumbnail")).json()
        assert (await browser.get(link["url"])).content.startswith(PNG)
    assert await desk.status(actor(Role.PATIENT), "GET", f"/documents/{document['id']}/thumbnail") == 404


async def test_reading_happens_once_and_never_holds_a_document_up(working_desk: Any, patient: Actor) -> None:
    desk = working_desk
    unreadable = await desk.scanned(patient)
    uploaded = await desk.scanned(patient, PRESCRIPTION)
    assert await desk.status(patient, "GET", f"/documents/{unreadable['id']}/download") == 200
    for document in (unreadable, uploaded):
        read_once = await eventually(lambda: desk.read(patient, document["id"]), until=lambda one: one["metadata"])  # noqa: B023
        await desk.running.publish(ExtractTextV1(document_id=document["id"]), times=2)
        assert await desk.read(patient, document["id"]) == read_once
    last = await desk.scanned(patient, PRESCRIPTION)
    await eventually(lambda: desk.read(patient, last["id"]), until=lambda found: found["metadata"])
    assert len(await desk.running.recorded("document.text-extracted")) == 2
    assert await desk.running.dead_letters() == []


async def test_reading_asked_for_again_by_a_new_broker_leaves_what_was_confirmed(
    working_desk: Any, patient: Actor, ops: Actor
) -> None:
    desk = working_desk
    document = await desk.scanned(patient, PRESCRIPTION)
    await eventually(lambda: desk.read(patient, document["id"]), until=lambda found: found["metadata"])
    async with desk.running.client(ops) as client:
        body = {"values": {"rppsNumber": "10003456781"}}
        (await client.patch(f"/documents/{document['id']}/metadata", json=body)).raise_for_status()
    before, stored = await desk.read(patient, document["id"]), await thumbnail(desk, document)
    assert await desk.running.republish_jobs() == 2  # the scan and the reading
    assert await desk.read(patient, document["id"]) == before
    assert await thumbnail(desk, document) == stored
    assert len(await desk.running.recorded("document.text-extracted")) == 1


async def thumbnail(desk: Any, document: dict[str, Any]) -> str | None:
    """The key of a document's thumbnail."""
    wanted = "SELECT thumbnail_key FROM documents WHERE id = $1"
    key: str | None = await desk.running.resources.database.reads.fetchval(wanted, UUID(document["id"]))
    return key


async def test_staff_confirm_or_correct_what_was_read(desk: Any, patient: Actor, ops: Actor) -> None:
    document = await desk.upload(patient)
    path = f"/documents/{document['id']}/metadata"

    async def confirm(by: Actor, **values: Any) -> httpx.Response:
        async with desk.running.client(by) as client:
            answer: httpx.Response = await client.patch(path, json={"values": values})
        return answer

    assert (await confirm(patient, rppsNumber="1")).status_code == 403
    assert (await confirm(actor(Role.COMPLIANCE_ADMIN), rppsNumber="1")).status_code == 403
    assert (await confirm(ops, colour="red")).status_code == 400
    assert (await confirm(ops)).status_code == 400
    await confirm(ops, rppsNumber="10100099992", patientName="Éléonore Martin")
    corrected = await confirm(actor(Role.BILLING), patientName=None, documentDate="2026-02-12")
    async with desk.running.client(ops) as client:
        stale = await client.patch(path, json={"values": {"rppsNumber": "2"}}, headers={"If-Match": '"2"'})
        read = await client.get(f"/documents/{document['id']}")
    assert stale.status_code == 412
    assert read.headers["etag"] == corrected.headers["etag"] == '"4"'
    assert read.json() == corrected.json()
    assert corrected.json()["metadata"]["confirmed"] == {"rppsNumber": "10100099992", "documentDate": "2026-02-12"}
    entries = [
        each for each in await desk.running.recorded("audit.recorded") if each.data["action"] == "document.confirm"
    ]
    assert len(entries) == 2
    assert "Martin" not in str([entry.data for entry in entries])
