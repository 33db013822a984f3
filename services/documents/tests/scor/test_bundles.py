"""SCOR bundles: the rules, what is measured of a page, and the export."""

import io
import zipfile
import zlib
from pathlib import Path
from typing import Any

import pytest
from common.auth import Actor
from common.contracts.enums import Role
from common.ids import new_id
from common.testing import eventually
from common.testing.keys import actor
from documents.content import MediaType
from documents.extraction.process import Limits, read
from documents.scor.domain import Fault, problems

SAMPLES = Path(__file__).parents[4] / "samples"
PRESCRIPTION = (SAMPLES / "ordonnance.pdf").read_bytes()
PROOF = (SAMPLES / "bon-livraison.pdf").read_bytes()
CARD = (SAMPLES / "carte-identite.png").read_bytes()
A4 = (595, 842)


def scan(dpi: int, size: tuple[int, int] = A4, grey: int = 0x40) -> bytes:
    """A PDF of one page that is a picture of that resolution; `size` in points."""
    width, height = (side * dpi // 72 for side in size)
    pixels = zlib.compress(bytes([grey]) * (width * height))
    draw = b"q %d 0 0 %d 0 0 cm /Im Do Q" % size
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 %d %d] /Contents 4 0 R"
        b" /Resources << /XObject << /Im 5 0 R >> >> >>" % size,
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(draw), draw),
        b"<< /Type /XObject /Subtype /Image /Width %d /Height %d /ColorSpace /DeviceGray /BitsPerComponent 8"
        b" /Filter /FlateDecode /Length %d >>\nstream\n%s\nendstream" % (width, height, len(pixels), pixels),
    ]
    body = b"".join(b"%d 0 obj\n%s\nendobj\n" % (number, each) for number, each in enumerate(objects, 1))
    return b"%PDF-1.7\n" + body + b"trailer\n<< /Root 1 0 R /Size 6 >>\n%%EOF\n"


def page(**changes: Any) -> dict[str, Any]:
    return {"widthMm": 210.0, "heightMm": 297.0, "dpi": 300, "blank": False, **changes}


@pytest.mark.parametrize(
    ("changes", "faults"),
    [
        ({}, []),
        ({"dpi": None}, []),
        ({"dpi": 200}, []),
        ({"dpi": 150}, [Fault.LOW_RESOLUTION]),
        ({"blank": True}, [Fault.BLANK_PAGE]),
        ({"widthMm": 210.0, "heightMm": 148.0}, []),
        ({"widthMm": 105.0, "heightMm": 148.0}, [Fault.TOO_SMALL]),
        ({"widthMm": 148.0, "heightMm": 150.0}, [Fault.TOO_SMALL]),
        ({"blank": True, "dpi": 72, "widthMm": 50.0}, [Fault.BLANK_PAGE, Fault.LOW_RESOLUTION, Fault.TOO_SMALL]),
    ],
)
def test_the_rules_of_a_page(changes: dict[str, Any], faults: list[Fault]) -> None:
    found = problems(clean=True, mime_type="application/pdf", layout=[page(), page(**changes)])
    assert [(each.code, each.page) for each in found] == [(fault, 2) for fault in faults]


def test_a_document_is_clean_a_pdf_and_readable() -> None:
    def codes(**given: Any) -> list[Fault]:
        return [each.code for each in problems(**{"clean": True, "mime_type": "application/pdf", **given})]

    assert codes(clean=False, layout=[page()]) == [Fault.NOT_CLEAN]
    assert codes(mime_type="image/png", layout=[]) == [Fault.NOT_PDF]
    assert codes(layout=None) == codes(layout=[]) == [Fault.NOT_READABLE]


@pytest.mark.parametrize(
    ("content", "measured"),
    [
        (scan(200), {"widthMm": 209.9, "heightMm": 297.0, "dpi": 200, "blank": False}),
        (scan(72), {"widthMm": 209.9, "heightMm": 297.0, "dpi": 72, "blank": False}),
        (scan(100, grey=0xFF), {"widthMm": 209.9, "heightMm": 297.0, "dpi": 100, "blank": True}),
        (scan(200, (298, 420)), {"widthMm": 105.1, "heightMm": 148.2, "dpi": 200, "blank": False}),
        (PRESCRIPTION, {"widthMm": 210.0, "heightMm": 297.0, "dpi": None, "blank": False}),
    ],
    ids=["200 dpi", "72 dpi", "blank", "A6", "drawn text"],
)
async def test_what_is_measured_of_a_page(content: bytes, measured: dict[str, Any]) -> None:
    async def chunks() -> Any:
        yield content

    reading = await read(chunks(), MediaType.PDF, Limits())
    assert reading is not None
    assert reading.layout == [measured]


async def test_a_bundle_is_checked_and_exported(working_desk: Any, patient: Actor) -> None:
    desk, billing = working_desk, actor(Role.BILLING)

    async def document(content: bytes, **changes: Any) -> str:
        made = await desk.scanned(patient, content, **changes)
        await eventually(lambda: desk.read(patient, made["id"]), until=lambda found: found["metadata"])
        return str(made["id"])

    good = [await document(PRESCRIPTION), await document(PROOF, documentType="DELIVERY_PROOF")]
    picture = await document(CARD, documentType="ID_CARD", mimeType="image/png", filename="carte.png")
    coarse = await document(scan(72))
    async with desk.running.client(billing) as client:
        checked = await client.post("/documents/scor-check", json={"documentIds": [*good, picture, coarse]})
        refused = await client.post("/documents/scor-export", json={"documentIds": [good[0], coarse]})
        exported = await client.post("/documents/scor-export", json={"documentIds": [*good, good[0]]})
        unknown = await client.post("/documents/scor-check", json={"documentIds": [str(new_id())]})
        nothing = await client.post("/documents/scor-check", json={"documentIds": []})
    report = checked.json()
    assert report["accepted"] is False
    assert [each["problems"] for each in report["documents"]] == [
        [],
        [],
        [{"code": "NOT_PDF", "page": None}],
        [{"code": "LOW_RESOLUTION", "page": 1}],
    ]
    assert (refused.status_code, refused.json()["error"]["code"]) == (422, "DOC_SCOR_REFUSED")
    assert refused.json()["error"]["details"][0]["field"] == "documentIds[1]"
    with zipfile.ZipFile(io.BytesIO(exported.content)) as archive:
        assert archive.namelist() == ["01-prescription.pdf", "02-delivery_proof.pdf"]
        assert [archive.read(name) for name in archive.namelist()] == [PRESCRIPTION, PROOF]
    assert (unknown.status_code, nothing.status_code) == (404, 400)
    for by in (patient, actor(Role.OPS)):
        async with desk.running.client(by) as client:
            assert (await client.post("/documents/scor-check", json={"documentIds": good})).status_code == 403
