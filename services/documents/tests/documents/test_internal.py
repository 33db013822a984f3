"""`/internal/v1/documents`, and download links."""

from typing import Any

import httpx
import pytest
from common.auth import Actor
from common.contracts.map import SERVICES
from common.ids import new_id

CONTENT = b"%PDF-1.7\n" + bytes(3_000_000) + b"\n%%EOF\n"
ASKING = ("cases", "billing", "devices", "identity")


@pytest.mark.parametrize("caller", SERVICES)
async def test_other_services_learn_what_the_contract_says(desk: Any, patient: Actor, caller: str) -> None:
    document = await desk.upload(patient)
    async with desk.running.internal(caller) as client:
        answer = await client.get(f"/documents/{document['id']}")
        unknown = await client.get(f"/documents/{new_id()}")
    assert (answer.status_code, unknown.status_code) == ((200, 404) if caller in ASKING else (403, 403))
    if caller in ASKING:
        assert answer.json() == {
            name: document[name]
            for name in (
                *("id", "documentType", "scanStatus", "ownerId", "patientId", "caseId"),
                *("mimeType", "sizeBytes", "sha256Hash"),
            )
        }


async def test_billing_gets_the_bytes_of_a_clean_document_and_of_no_other(desk: Any, patient: Actor) -> None:
    document = await desk.upload(patient, CONTENT)
    path = f"/documents/{document['id']}/content"
    async with desk.running.internal("billing") as billing, desk.running.internal("cases") as cases:
        pending = await billing.get(path)
        await desk.set_clean(document["id"])
        clean = await billing.get(path)
        assert (await cases.get(path)).status_code == 403
        assert (await billing.get(f"/documents/{new_id()}/content")).status_code == 404
    assert (pending.status_code, pending.json()["error"]["code"]) == (409, "DOC_NOT_CLEAN")
    assert clean.content == CONTENT
    assert clean.headers["content-type"] == "application/pdf"
    assert [str(found) for found in await desk.audited("document.content")] == [document["id"]]


async def test_users_do_not_reach_the_internal_interface(desk: Any, patient: Actor) -> None:
    document = await desk.upload(patient)
    token = desk.running.keys.token(patient)
    answer = await desk.running.http.get(
        f"/internal/v1/documents/{document['id']}", headers={"Authorization": f"Bearer {token}"}
    )
    assert answer.status_code == 401


async def test_a_download_link_gives_a_clean_document_as_an_attachment(desk: Any, patient: Actor) -> None:
    name = 'ordonnance d’Étienne "x".pdf'
    document = await desk.upload(patient, CONTENT, filename=name)
    path = f"/documents/{document['id']}/download"
    async with desk.running.client(patient) as client:
        pending = await client.get(path)
        await desk.set_clean(document["id"])
        link = (await client.get(path)).json()
    assert (pending.status_code, pending.json()["error"]["code"]) == (409, "DOC_NOT_CLEAN")
    assert set(link) == {"url", "expiresAt"}
    async with httpx.AsyncClient() as browser:
        got = await browser.get(link["url"])
        tampered = await browser.get(link["url"].replace("X-Amz-Expires=60", "X-Amz-Expires=600"))
        written = await browser.put(link["url"], content=b"x")
    assert got.content == CONTENT
    assert got.headers["content-type"] == "application/pdf"
    assert got.headers["content-disposition"].startswith("attachment;")
    assert (tampered.status_code, written.status_code) == (403, 403)
