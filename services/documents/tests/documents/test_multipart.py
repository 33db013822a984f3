"""Uploading in parts, on the real storage."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx
import pytest
from common import clock
from common.auth import Actor
from common.contracts.enums import Role
from common.storage import Storage, Unfinished
from common.testing.keys import actor
from documents.documents.domain import PART_BYTES, part_sizes
from documents.retention.jobs import clear_out
from hypothesis import given
from hypothesis import strategies as st

LIMIT = 52_428_800
SMALL = b"%PDF-1.7\n" + bytes(500) + b"\n%%EOF\n"
LARGE = b"%PDF-1.7\n" + b"scanned " * (PART_BYTES // 8) + b"\n%%EOF\n"


@given(st.integers(1, LIMIT))
def test_parts_cover_a_file_and_only_the_last_is_small(size: int) -> None:
    sizes = part_sizes(size)
    assert sum(sizes) == size
    assert all(part == PART_BYTES for part in sizes[:-1])
    assert 0 < sizes[-1] <= PART_BYTES


async def asked(desk: Any, by: Actor, document_id: str, method: str = "POST") -> httpx.Response:
    async with desk.running.client(by) as client:
        answer: httpx.Response = await client.request(method, f"/documents/{document_id}/multipart")
    return answer


async def links(desk: Any, by: Actor, document_id: str) -> dict[str, Any]:
    answer = await asked(desk, by, document_id)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def send(desk: Any, part: dict[str, Any], content: bytes) -> int:
    """Upload the part's piece of the content by its link; the status."""
    start = (part["number"] - 1) * PART_BYTES
    answer = await desk.send(part, content[start : start + PART_BYTES])
    status: int = answer.status_code
    return status


async def announced(desk: Any, by: Actor, content: bytes, **changes: Any) -> str:
    document_id: str = (await desk.announce(by, content, **changes))["document"]["id"]
    return document_id


async def test_a_large_scan_arrives_in_parts_in_any_order_and_is_one_document(desk: Any, patient: Actor) -> None:
    document_id = await announced(desk, patient, LARGE)
    given_links = await links(desk, patient, document_id)
    assert given_links["received"] == []
    assert [part["sizeBytes"] for part in given_links["parts"]] == [PART_BYTES, len(LARGE) - PART_BYTES]
    for part in reversed(given_links["parts"]):
        assert await send(desk, part, LARGE) == 200
    completed = await desk.complete(patient, document_id)
    again = await desk.complete(patient, document_id)
    assert (completed.status_code, again.json()) == (200, completed.json())
    assert completed.json()["sha256Hash"] == hashlib.sha256(LARGE).hexdigest()
    assert await desk.running.resources.storage.read(*await desk.stored(document_id)) == LARGE
    assert len(await desk.running.recorded("document.uploaded")) == 1


async def test_an_upload_goes_on_where_it_broke_off(desk: Any, patient: Actor) -> None:
    document_id = await announced(desk, patient, LARGE)
    [first, second] = (await links(desk, patient, document_id))["parts"]
    assert await send(desk, first, LARGE) == 200
    early = await desk.complete(patient, document_id)
    assert (early.status_code, early.json()["error"]["code"]) == (409, "DOC_NOT_UPLOADED")
    assert [detail["message"] for detail in early.json()["error"]["details"]] == ["part 2"]
    resumed = await links(desk, patient, document_id)
    assert resumed["received"] == [1]
    assert [part["number"] for part in resumed["parts"]] == [2]
    assert await send(desk, resumed["parts"][0], LARGE) == 200
    assert await send(desk, second, LARGE) == 200
    assert (await links(desk, patient, document_id)) == {"received": [1, 2], "parts": []}
    assert (await desk.complete(patient, document_id)).status_code == 200


async def test_a_part_is_bound_to_its_size_and_to_the_time_before_completion(desk: Any, patient: Actor) -> None:
    document_id = await announced(desk, patient, SMALL)
    [part] = (await links(desk, patient, document_id))["parts"]
    assert (await desk.send(part, SMALL + b"x")).status_code == 403
    assert (await desk.send(part, SMALL[:-1])).status_code == 403
    assert await send(desk, part, SMALL) == 200
    assert (await desk.complete(patient, document_id)).status_code == 200
    assert (await desk.send(part, SMALL[::-1])).status_code == 404
    assert await desk.running.resources.storage.read(*await desk.stored(document_id)) == SMALL


async def test_what_came_in_parts_is_checked_like_every_upload(desk: Any, patient: Actor) -> None:
    document_id = await announced(desk, patient, SMALL)
    [part] = (await links(desk, patient, document_id))["parts"]
    assert (await desk.send(part, SMALL[:-8] + b"y%%EOF\n\n")).status_code == 200
    refused = await desk.complete(patient, document_id)
    assert (refused.status_code, refused.json()["error"]["code"]) == (422, "DOC_HASH_MISMATCH")


async def test_who_gives_up_may_begin_again_in_parts_or_whole(desk: Any, patient: Actor) -> None:
    made = await desk.announce(patient, SMALL)
    document_id = made["document"]["id"]
    assert (await asked(desk, patient, document_id, "DELETE")).status_code == 204
    [part] = (await links(desk, patient, document_id))["parts"]
    assert await send(desk, part, SMALL) == 200
    for _ in range(2):
        assert (await asked(desk, patient, document_id, "DELETE")).status_code == 204
    assert (await desk.send(part, SMALL)).status_code == 404
    assert (await desk.complete(patient, document_id)).status_code == 409
    assert (await links(desk, patient, document_id))["received"] == []
    assert (await desk.send(made["upload"], SMALL)).status_code == 200
    assert (await desk.complete(patient, document_id)).status_code == 200
    assert len(await desk.audited("document.give-up")) == 1


async def test_begun_and_completed_at_once_it_is_one_upload(desk: Any, patient: Actor) -> None:
    document_id = await announced(desk, patient, SMALL)
    both = await asyncio.gather(*(links(desk, patient, document_id) for _ in range(2)))
    for found in both:
        assert await send(desk, found["parts"][0], SMALL) == 200
    answers = await asyncio.gather(*(desk.complete(patient, document_id) for _ in range(3)))
    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert len(await desk.running.recorded("document.uploaded")) == 1


async def test_only_the_uploader_and_only_until_completion(desk: Any, patient: Actor, ops: Actor) -> None:
    document_id = await announced(desk, patient, SMALL)
    for method in ("POST", "DELETE"):
        assert (await asked(desk, ops, document_id, method)).status_code == 403
        assert (await asked(desk, actor(Role.PATIENT), document_id, method)).status_code == 404
    uploaded = (await desk.upload(patient, SMALL))["id"]
    for method in ("POST", "DELETE"):
        late = await asked(desk, patient, uploaded, method)
        assert (late.status_code, late.json()["error"]["code"]) == (409, "DOC_ALREADY_UPLOADED")


async def test_parts_that_nobody_completes_are_cleared_out(
    desk: Any, patient: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    resources = desk.running.resources
    document_id = await announced(desk, patient, SMALL)
    [part] = (await links(desk, patient, document_id))["parts"]
    assert await send(desk, part, SMALL) == 200
    bucket, key = await desk.stored(document_id)
    everybodys = Storage.unfinished

    async def ours(storage: Storage, of: str) -> AsyncIterator[Unfinished]:
        """The storage is shared with tests that run at this moment."""
        async for upload in everybodys(storage, of):
            if upload.key == key:
                yield upload

    monkeypatch.setattr(Storage, "unfinished", ours)

    async def waiting() -> list[str]:
        return [upload.key async for upload in resources.storage.unfinished(bucket)]

    await clear_out(resources)
    assert await waiting() == [key]
    with clock.travel(clock.now() + timedelta(hours=25)):
        await clear_out(resources)
    assert await waiting() == []
    assert (await asked(desk, patient, document_id)).status_code == 404
