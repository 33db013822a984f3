"""The scan job, on the real queue, storage and engine."""

import asyncio
import io
import zipfile
import zlib
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from typing import Any

import pytest
from common import clock
from common.auth import Actor
from common.contracts.jobs import ScanDocumentV1
from common.ids import new_id
from common.storage import ObjectMissing
from common.testing import eventually
from documents.scanning import ScannerUnavailable, Verdict
from documents.scanning.jobs import queue_pending_scans

# In two halves, so that antivirus programs leave this file alone.
EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STAND" + rb"ARD-ANTIVIRUS-TEST-FILE!$H+H*"
PNG_END = b"\x00\x00\x00\x00IEND\xaeB\x60\x82"


def pdf_with(content: bytes) -> bytes:
    return b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\n" + content + b"\ntrailer\n<<>>\n%%EOF\n"


def packed_pdf(content: bytes) -> bytes:
    packed = zlib.compress(content)
    return pdf_with(b"2 0 obj\n<< /Filter /FlateDecode >>\nstream\n" + packed + b"\nendstream\nendobj")


def zipped(content: bytes) -> bytes:
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.txt", content)
    return memory.getvalue()


async def test_a_clean_document_becomes_downloadable(working_desk: Any, patient: Actor) -> None:
    desk = working_desk
    document = await desk.scanned(patient)
    assert document["scanStatus"] == "CLEAN"
    assert document["scanCompletedAt"] is not None
    assert await desk.status(patient, "GET", f"/documents/{document['id']}/download") == 200
    [event] = await desk.running.recorded("document.clean")
    assert event.data["documentId"] == document["id"]
    assert event.data["patientId"] == str(patient.patient_id)
    assert [str(found) for found in await desk.audited("document.scan")] == [document["id"]]


@pytest.mark.parametrize(
    "make",
    [
        lambda: pdf_with(EICAR),
        lambda: packed_pdf(EICAR),
        lambda: pdf_with(b"2 0 obj\n<< /S /JavaScript /JS (app.alert\\(1\\)) >>\nendobj"),
        lambda: pdf_with(b"trailer\n<< /Encrypt 9 0 R >>"),
        lambda: packed_pdf(zipped(EICAR)),
        lambda: packed_pdf(bytes(300 * 1024 * 1024)),
    ],
    ids=["EICAR", "EICAR packed", "a script", "encrypted", "EICAR in a zip", "a bomb"],
)
async def test_an_infected_document_is_quarantined(
    working_desk: Any, patient: Actor, make: Callable[[], bytes]
) -> None:
    desk, content = working_desk, make()
    made = await desk.announce(patient, content)
    bucket, key = await desk.stored(made["document"]["id"])
    await desk.send(made["upload"], content)
    await desk.complete(patient, made["document"]["id"])
    document = await eventually(
        lambda: desk.read(patient, made["document"]["id"]), until=lambda found: found["scanStatus"] != "PENDING"
    )
    assert document["scanStatus"] == "INFECTED"
    async with desk.running.client(patient) as client, desk.running.internal("billing") as billing:
        refused = await client.get(f"/documents/{document['id']}/download")
        assert (refused.status_code, refused.json()["error"]["code"]) == (409, "DOC_NOT_CLEAN")
        assert (await billing.get(f"/documents/{document['id']}/content")).status_code == 409
    storage = desk.running.resources.storage

    async def original_is_gone() -> bool:
        try:
            await storage.size(bucket, key)
        except ObjectMissing:
            return True
        return False

    await eventually(original_is_gone)
    quarantined = await desk.stored(document["id"])
    assert quarantined == (bucket, f"quarantine/{key}")
    assert await storage.read(*quarantined) == content
    [event] = await desk.running.recorded("document.infected")
    assert event.data["ownerId"] == str(patient.user_id)
    assert await desk.running.recorded("document.clean") == []


@pytest.mark.parametrize(
    "make",
    [
        lambda: EICAR,
        lambda: zipped(EICAR),
        lambda: zipped(bytes(40 * 1024 * 1024)),
        lambda: b"MZ" + bytes(1000),
        lambda: zipped(EICAR) + pdf_with(b""),
        lambda: pdf_with(b"") + zipped(EICAR),
    ],
    ids=["EICAR", "EICAR in a zip", "a zip bomb", "a program", "a zip before a PDF", "a zip after a PDF"],
)
async def test_what_only_calls_itself_a_pdf_is_refused_before_any_scan(
    desk: Any, patient: Actor, make: Callable[[], bytes]
) -> None:
    content = make()
    made = await desk.announce(patient, content)
    assert (await desk.send(made["upload"], content)).status_code == 200
    refused = await desk.complete(patient, made["document"]["id"])
    assert (refused.status_code, refused.json()["error"]["code"]) == (422, "DOC_CONTENT_MISMATCH")
    assert not [each for each in await desk.running.recorded() if "scan-document" in each.type]
    assert await desk.status(patient, "GET", f"/documents/{made['document']['id']}/download") == 409


class Unreliable:
    """A scanner that is away for the first `failures` scans."""

    def __init__(self, failures: int) -> None:
        self.failures = failures
        self.asked = 0

    async def scan(self, chunks: AsyncIterator[bytes]) -> Verdict:
        self.asked += 1
        async for _ in chunks:
            pass
        if self.asked <= self.failures:
            raise ScannerUnavailable("away")
        return Verdict()


async def test_while_the_scanner_is_away_a_document_stays_pending_and_is_scanned_later(
    working_desk: Any, patient: Actor
) -> None:
    desk = working_desk
    scanner = desk.running.resources.__dict__["scanner"] = Unreliable(failures=1)
    document = await desk.upload(patient)

    async def asked() -> int:
        return scanner.asked

    await eventually(asked)
    assert (await desk.read(patient, document["id"]))["scanStatus"] == "PENDING"
    assert await desk.status(patient, "GET", f"/documents/{document['id']}/download") == 409
    scanned = await eventually(
        lambda: desk.read(patient, document["id"]), until=lambda found: found["scanStatus"] != "PENDING"
    )
    assert scanned["scanStatus"] == "CLEAN"


async def test_a_scan_that_was_given_up_is_queued_again_until_it_has_an_outcome(desk: Any, patient: Actor) -> None:
    document = await desk.upload(patient)
    clean = await desk.upload(patient)
    await desk.set_clean(clean["id"])
    await desk.announce(patient)

    async def queued() -> list[str]:
        return [each.data["documentId"] for each in await desk.running.recorded() if "scan-document" in each.type]

    await queue_pending_scans(desk.running.resources)
    assert await queued() == [document["id"], clean["id"]]
    for turn in (1, 2):
        with clock.travel(clock.now() + turn * timedelta(minutes=16)):
            await queue_pending_scans(desk.running.resources)
            await queue_pending_scans(desk.running.resources)
    assert await queued() == [document["id"], clean["id"], document["id"], document["id"]]


async def test_a_job_that_comes_again_or_late_changes_nothing(working_desk: Any, patient: Actor) -> None:
    desk = working_desk
    document = await desk.scanned(patient)
    deleted = await desk.scanned(patient)
    announced = (await desk.announce(patient))["document"]
    await desk.status(patient, "DELETE", f"/documents/{deleted['id']}")
    scanner = desk.running.resources.__dict__["scanner"] = Unreliable(failures=0)
    for document_id in (document["id"], deleted["id"], announced["id"], new_id()):
        await desk.running.publish(ScanDocumentV1(document_id=document_id), times=2)
    last = await desk.scanned(patient)
    assert scanner.asked == 1
    assert last["scanStatus"] == "CLEAN"
    assert len(await desk.running.recorded("document.clean")) == 3
    assert await desk.running.dead_letters() == []


async def test_scans_asked_for_again_by_a_new_broker_are_not_made_again(working_desk: Any, patient: Actor) -> None:
    desk = working_desk
    clean, infected = await desk.scanned(patient), await desk.scanned(patient, pdf_with(EICAR))
    quarantined = await desk.stored(infected["id"])
    scanner = desk.running.resources.__dict__["scanner"] = Unreliable(failures=0)
    assert await desk.running.republish_jobs() == 3  # the clean one was read, too
    assert scanner.asked == 0
    assert await desk.stored(infected["id"]) == quarantined
    assert await desk.running.resources.storage.read(*quarantined) == pdf_with(EICAR)
    assert (await desk.read(patient, clean["id"]))["scanStatus"] == "CLEAN"
    assert len(await desk.running.recorded("document.clean")) == 1
    assert len(await desk.running.recorded("document.infected")) == 1
    assert await desk.running.dead_letters() == []


async def test_two_scans_of_one_document_at_once_are_one(working_desk: Any, patient: Actor) -> None:
    desk = working_desk
    arrived = asyncio.Event()

    class Slow:
        asked = 0

        async def scan(self, chunks: AsyncIterator[bytes]) -> Verdict:
            self.asked += 1
            if self.asked == 2:
                arrived.set()
            await arrived.wait()
            return Verdict()

    desk.running.resources.__dict__["scanner"] = Slow()
    document = await desk.upload(patient)
    await desk.running.publish(ScanDocumentV1(document_id=document["id"]))
    await eventually(lambda: desk.read(patient, document["id"]), until=lambda found: found["scanStatus"] == "CLEAN")
    assert len(await desk.running.recorded("document.clean")) == 1


async def test_a_document_whose_content_is_gone_is_kept_aside(working_desk: Any, patient: Actor) -> None:
    desk = working_desk
    desk.running.resources.__dict__["scanner"] = Unreliable(failures=100)
    document = await desk.upload(patient)
    await desk.running.resources.storage.delete(*await desk.stored(document["id"]))
    letters = await eventually(desk.running.dead_letters)
    assert letters[0]["reason"] == "permanent"
    assert (await desk.read(patient, document["id"]))["scanStatus"] == "PENDING"
