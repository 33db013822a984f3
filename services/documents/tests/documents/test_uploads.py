"""Announcing, uploading and completing documents."""

import asyncio
import hashlib
from typing import Any

import pytest
from common.contracts.enums import DocumentType, Role
from common.ids import new_id
from common.testing.keys import actor

PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(17) + b"\x00\x00\x00\x00IEND\xaeB\x60\x82"
PDF_START, PDF_END = b"%PDF-1.7\n", b"\n%%EOF\n"
LIMIT = 52_428_800


def pdf_of(size: int) -> bytes:
    return PDF_START + bytes(size - len(PDF_START) - len(PDF_END)) + PDF_END


async def test_a_document_is_announced_uploaded_and_completed(desk: Any, patient: Any) -> None:
    made = await desk.announce(patient)
    document, upload = made["document"], made["upload"]
    assert document["patientId"] == str(patient.patient_id)
    assert (document["ownerId"], document["ownerType"]) == (str(patient.user_id), "PATIENT")
    assert (document["scanStatus"], document["uploadedAt"], document["metadata"]) == ("PENDING", None, None)
    assert upload["method"] == "PUT"
    content = (
        b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\ntrailer\n<</Root 1 0 R>>\nstartxref\n0\n%%EOF\n"
    )
    assert (await desk.send(upload, content)).status_code == 200
    completed = await desk.complete(patient, document["id"])
    assert completed.status_code == 200
    assert completed.json()["scanStatus"] == "PENDING"
    assert completed.json()["uploadedAt"] is not None
    assert completed.json()["sha256Hash"] == hashlib.sha256(content).hexdigest()
    again = await desk.complete(patient, document["id"])
    assert (again.status_code, again.json()) == (200, completed.json())
    async with desk.running.client(patient) as client:
        read = await client.get(f"/documents/{document['id']}")
        listed = await client.get("/documents")
    assert (read.status_code, read.headers["etag"]) == (200, '"2"')
    assert list(read.json().items()) == list(completed.json().items())
    assert listed.json() == {"items": [completed.json()], "nextCursor": None}
    [uploaded] = await desk.running.recorded("document.uploaded")
    assert uploaded.data["documentId"] == document["id"]
    [job] = [each for each in await desk.running.recorded() if "scan-document" in each.type]
    assert job.data == {"documentId": document["id"]}


async def test_completing_at_once_twice_queues_one_scan(desk: Any, patient: Any) -> None:
    made = await desk.announce(patient, PNG, mimeType="image/png", filename="a.png")
    await desk.send(made["upload"], PNG)
    answers = await asyncio.gather(*(desk.complete(patient, made["document"]["id"]) for _ in range(3)))
    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert len(await desk.running.recorded("document.uploaded")) == 1


async def test_completion_before_the_upload_is_refused(desk: Any, patient: Any) -> None:
    made = await desk.announce(patient)
    refused = await desk.complete(patient, made["document"]["id"])
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "DOC_NOT_UPLOADED")


async def test_the_storage_takes_nothing_but_what_was_announced_and_only_once(desk: Any, patient: Any) -> None:
    content = pdf_of(1000)
    made = await desk.announce(patient, content)
    assert (await desk.send(made["upload"], pdf_of(999))).status_code >= 400
    assert (await desk.send(made["upload"], pdf_of(998) + b"  ")).status_code >= 400
    assert (await desk.complete(patient, made["document"]["id"])).json()["error"]["code"] == "DOC_NOT_UPLOADED"
    assert (await desk.send(made["upload"], content)).status_code == 200
    assert (await desk.send(made["upload"], content)).status_code == 412


@pytest.mark.parametrize(
    ("announced", "found", "code"),
    [
        ({}, b"MZ" + bytes(998), "DOC_CONTENT_MISMATCH"),
        ({"mimeType": "image/png", "filename": "a.png"}, pdf_of(1000), "DOC_CONTENT_MISMATCH"),
        ({}, pdf_of(999), "DOC_SIZE_MISMATCH"),
        ({"sha256Hash": "0" * 64}, pdf_of(1000), "DOC_HASH_MISMATCH"),
    ],
    ids=["a program named .pdf", "another type", "another size", "another hash"],
)
async def test_what_is_not_what_was_announced_is_refused_at_completion(
    desk: Any, patient: Any, announced: dict[str, Any], found: bytes, code: str
) -> None:
    made = await desk.announce(patient, pdf_of(1000), **{"sha256Hash": None, **announced})
    # Behind the link's back: an upload by it would have been refused before.
    bucket, key = await desk.stored(made["document"]["id"])
    await desk.running.resources.storage.put(bucket, key, found, "application/pdf")
    for _ in range(2):
        refused = await desk.complete(patient, made["document"]["id"])
        assert (refused.status_code, refused.json()["error"]["code"]) == (422, code)
    assert await desk.running.recorded("document.uploaded") == []
    assert len(await desk.audited("document.refuse")) == 2


async def test_a_hash_that_was_not_announced_is_measured(desk: Any, patient: Any) -> None:
    content = pdf_of(3_000_000)
    document = await desk.upload(patient, content, sha256Hash=None)
    assert document["sha256Hash"] == hashlib.sha256(content).hexdigest()


async def test_fifty_megabytes_are_accepted_and_a_byte_more_is_not(desk: Any, patient: Any) -> None:
    content = pdf_of(LIMIT)
    document = await desk.upload(patient, content)
    assert document["sizeBytes"] == LIMIT
    async with desk.running.client(patient) as client:
        body = {"documentType": "OTHER", "filename": "a.pdf", "mimeType": "application/pdf", "sizeBytes": LIMIT + 1}
        refused = await client.post("/documents", json=body)
    assert (refused.status_code, refused.json()["error"]["code"]) == (400, "DOC_TOO_LARGE")


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"sizeBytes": 0}, "DOC_EMPTY", "sizeBytes"),
        ({"sizeBytes": -1}, "DOC_EMPTY", "sizeBytes"),
        ({"sizeBytes": 10**30}, "DOC_TOO_LARGE", "sizeBytes"),
        ({"mimeType": "application/zip"}, "DOC_TYPE_NOT_ALLOWED", "mimeType"),
        ({"mimeType": "text/html"}, "DOC_TYPE_NOT_ALLOWED", "mimeType"),
        ({"filename": "../etc/passwd.pdf"}, "DOC_BAD_FILENAME", "filename"),
        ({"filename": "a\x00.pdf"}, "DOC_BAD_FILENAME", "filename"),
        ({"filename": "ordonnance\u202efdp.exe"}, "DOC_BAD_FILENAME", "filename"),
        ({"filename": "x" * 256}, "DOC_BAD_FILENAME", "filename"),
        ({"filename": ""}, "DOC_BAD_FILENAME", "filename"),
        ({"sha256Hash": "abc"}, "VAL_INVALID", "sha256Hash"),
        ({"sizeBytes": "12"}, "VAL_INVALID", "sizeBytes"),
        ({"documentType": "PASSPORT"}, "VAL_INVALID", "documentType"),
    ],
)
async def test_a_bad_announcement_is_refused_naming_the_field(
    desk: Any, patient: Any, changes: dict[str, Any], code: str, field: str
) -> None:
    body = {"documentType": "OTHER", "filename": "a.pdf", "mimeType": "application/pdf", "sizeBytes": 10, **changes}
    async with desk.running.client(patient) as client:
        refused = await client.post("/documents", json=body)
    assert refused.status_code == 400
    error = refused.json()["error"]
    assert (error["code"], [detail["field"] for detail in error["details"]]) == (code, [field])


async def test_a_name_of_255_characters_and_a_picture_from_a_phone_are_accepted(desk: Any, patient: Any) -> None:
    made = await desk.announce(patient, filename="é" * 251 + ".pdf")
    assert len(made["document"]["filename"]) == 255
    photograph = await desk.announce(patient, mimeType="image/heif", filename="IMG_1.HEIC")
    assert photograph["document"]["mimeType"] == "image/heic"


async def test_a_storage_key_tells_nothing(desk: Any, patient: Any) -> None:
    made = (await desk.announce(patient, filename="Nathalie Durand.pdf"))["document"]
    _, key = await desk.stored(made["id"])
    assert all(made[name] not in key for name in ("id", "patientId", "ownerId", "filename", "documentType"))
    assert len(key) == 40
    assert "storageKey" not in made


async def test_signatures_have_a_bucket_of_their_own(desk: Any, patient: Any, ops: Any) -> None:
    drawn = {"mimeType": "image/png", "filename": "signature.png"}
    signature = await desk.announce(actor(Role.TECHNICIAN), PNG, documentType="OTHER", **drawn)
    proof = await desk.announce(ops, PNG, documentType="DELIVERY_PROOF", **drawn)
    scan = await desk.announce(ops, documentType="DELIVERY_PROOF")
    card = await desk.announce(patient, PNG, documentType="ID_CARD", **drawn)
    buckets = [(await desk.stored(made["document"]["id"]))[0] for made in (signature, proof, scan, card)]
    assert buckets == ["axtech-signatures-development"] * 2 + ["axtech-documents-development"] * 2
    assert (await desk.send(signature["upload"], PNG)).status_code == 200


@pytest.mark.parametrize(
    ("role", "allowed"),
    [
        (Role.PATIENT, True),
        (Role.PRESCRIBER, True),
        (Role.OPS, True),
        (Role.TECHNICIAN, True),
        (Role.BILLING, False),
        (Role.COMPLIANCE_ADMIN, False),
    ],
)
async def test_who_may_upload_is_what_the_matrix_says(desk: Any, role: Role, allowed: bool) -> None:
    body = {"documentType": "OTHER", "filename": "a.pdf", "mimeType": "application/pdf", "sizeBytes": 10}
    async with desk.running.client(actor(role)) as client:
        answer = await client.post("/documents", json=body)
    assert answer.status_code == (201 if allowed else 403)
    if allowed:
        owner = {Role.PATIENT: "PATIENT", Role.PRESCRIBER: "PRESCRIBER"}.get(role, "STAFF")
        assert answer.json()["document"]["ownerType"] == owner


async def test_whom_a_document_may_be_uploaded_for(desk: Any, patient: Any, ops: Any) -> None:
    other = str(new_id())
    proxy = actor(Role.BILLING, proxy_for=frozenset({patient.patient_id}))
    body = {"documentType": "OTHER", "filename": "a.pdf", "mimeType": "application/pdf", "sizeBytes": 10}

    async def announce(by: Any, **changes: Any) -> tuple[int, str | None]:
        async with desk.running.client(by) as client:
            answer = await client.post("/documents", json={**body, **changes})
        found = answer.json()
        return answer.status_code, found["document"]["ownerType"] if answer.is_success else found["error"]["code"]

    assert await announce(patient, patientId=other) == (404, "BIZ_NOT_FOUND")
    assert await announce(patient, patientId=str(patient.patient_id)) == (201, "PATIENT")
    assert await announce(proxy, patientId=str(patient.patient_id)) == (201, "PATIENT")
    assert await announce(proxy) == (400, "VAL_INVALID")
    assert await announce(proxy, patientId=other) == (404, "BIZ_NOT_FOUND")
    assert await announce(actor(Role.PRESCRIBER), patientId=other) == (201, "PRESCRIBER")
    assert await announce(ops, patientId=other) == (201, "STAFF")
    assert await announce(actor(Role.TECHNICIAN), patientId=other) == (404, "BIZ_NOT_FOUND")
    assert await announce(ops, caseId=other) == (404, "BIZ_NOT_FOUND")


@pytest.mark.parametrize("role", [Role.PATIENT, Role.PRESCRIBER, Role.TECHNICIAN])
async def test_a_quote_is_not_forged(desk: Any, role: Role, ops: Any) -> None:
    body = {"documentType": DocumentType.QUOTE_PDF, "filename": "a.pdf", "mimeType": "application/pdf", "sizeBytes": 10}
    async with desk.running.client(actor(role)) as client, desk.running.client(ops) as staff:
        assert (await client.post("/documents", json=body)).status_code == 403
        assert (await staff.post("/documents", json=body)).status_code == 201


async def test_only_the_uploader_completes(desk: Any, patient: Any, ops: Any) -> None:
    made = await desk.announce(patient)
    assert (await desk.complete(ops, made["document"]["id"])).status_code == 403
    assert (await desk.complete(actor(Role.PATIENT), made["document"]["id"])).status_code == 404
    assert (await desk.complete(patient, str(new_id()))).status_code == 404


async def test_uploads_are_limited_to_ten_a_minute_and_the_key_gives_the_first_answer_again(
    run_service: Any, patient: Any
) -> None:
    running = await run_service("documents", rate_limit_upload="2/minute")
    body = {"documentType": "OTHER", "filename": "a.pdf", "mimeType": "application/pdf", "sizeBytes": 10}
    async with running.client(patient) as client:
        first = await client.post("/documents", json=body, headers={"Idempotency-Key": "k"})
        second = await client.post("/documents", json=body, headers={"Idempotency-Key": "k"})
        third = await client.post("/documents", json=body)
    assert first.json() == second.json()
    assert [first.status_code, second.status_code, third.status_code] == [201, 201, 429]
