"""The object storage, on a real one."""

from collections.abc import AsyncIterator
from hashlib import sha256
from types import SimpleNamespace
from typing import Any, cast

import httpx
import pytest
import pytest_asyncio
from common.ids import new_id
from common.settings import Settings
from common.storage import ObjectMissing, Presigned, Storage
from common.testing.plugin import Servers
from pydantic import SecretStr

BUCKET = "axtech-returns-development"
MEBIBYTE = 1024 * 1024


def settings(servers: Servers, **changes: Any) -> Settings:
    given = {
        "s3_access_key": SecretStr("test-access-key"),
        "s3_secret_key": SecretStr("test-secret-key"),
        "s3_region": "us-east-1",
        "s3_endpoint": servers.s3,
        "s3_public_endpoint": None,
        "s3_server_side_encryption": None,
        "s3_kms_key_id": None,
    }
    return cast("Settings", SimpleNamespace(**{**given, **changes}))


@pytest_asyncio.fixture
async def storage(servers: Servers) -> AsyncIterator[Storage]:
    async with Storage(settings(servers)) as opened:
        yield opened


@pytest_asyncio.fixture
async def encrypting(servers: Servers) -> AsyncIterator[Storage]:
    async with Storage(settings(servers, s3_server_side_encryption="AES256")) as opened:
        yield opened


async def pieces(*contents: bytes) -> AsyncIterator[bytes]:
    for content in contents:
        yield content


@pytest.mark.parametrize(
    "contents",
    [
        (),
        (b"", b"small", b" pieces"),
        (b"x" * (8 * MEBIBYTE),),
        tuple(bytes([number]) * MEBIBYTE for number in range(19)),
        (b"a" * (17 * MEBIBYTE), b"b"),
    ],
    ids=["nothing", "small", "exactly one part", "many pieces", "one piece of several parts"],
)
async def test_a_stream_is_stored_as_it_came(storage: Storage, contents: tuple[bytes, ...]) -> None:
    key = f"test/{new_id()}"
    whole = b"".join(contents)
    assert await storage.put_stream(BUCKET, key, pieces(*contents), "text/plain") == len(whole)
    assert await storage.read(BUCKET, key) == whole


@pytest.mark.parametrize("size", [10, 9 * MEBIBYTE])
async def test_a_stream_that_breaks_off_stores_nothing(storage: Storage, size: int) -> None:
    async def broken() -> AsyncIterator[bytes]:
        yield b"x" * size
        raise ConnectionResetError

    key = f"test/{new_id()}"
    with pytest.raises(ConnectionResetError):
        await storage.put_stream(BUCKET, key, broken(), "text/plain")
    with pytest.raises(ObjectMissing):
        await storage.size(BUCKET, key)


async def upload(link: Presigned, content: bytes, **changes: str) -> int:
    async with httpx.AsyncClient() as client:
        answer = await client.request(link.method, link.url, content=content, headers={**link.headers, **changes})
    return answer.status_code


async def presigned(storage: Storage, key: str, content: bytes, *, bound: bool = True) -> Presigned:
    digest = sha256(content).hexdigest() if bound else None
    return await storage.presign_put(BUCKET, key, size=len(content), mime_type="text/plain", sha256_hex=digest)


@pytest.mark.parametrize("bound", [True, False], ids=["with its checksum", "without a checksum"])
async def test_a_link_takes_one_upload_and_no_second(storage: Storage, bound: bool) -> None:
    key = f"test/{new_id()}"
    link = await presigned(storage, key, b"first", bound=bound)
    assert await upload(link, b"first") == 200
    assert await upload(link, b"first") == 412
    assert await upload(link, b"other") in {400, 412}
    assert await storage.read(BUCKET, key) == b"first"


@pytest.mark.parametrize(
    ("content", "changes"),
    [(b"other", {}), (b"first", {"Content-Type": "text/html"}), (b"longer", {"Content-Length": "6"})],
    ids=["content", "type", "length"],
)
async def test_a_link_takes_nothing_else_than_announced(
    storage: Storage, content: bytes, changes: dict[str, str]
) -> None:
    key = f"test/{new_id()}"
    link = await presigned(storage, key, b"first")
    assert await upload(link, content, **changes) in {400, 403}
    with pytest.raises(ObjectMissing):
        await storage.size(BUCKET, key)


async def test_a_download_is_an_attachment_under_its_own_name(storage: Storage) -> None:
    key = f"test/{new_id()}"
    await storage.put(BUCKET, key, b"text", "text/plain")
    link = await storage.presign_get(BUCKET, key, filename='été "1".pdf', mime_type="application/pdf")
    async with httpx.AsyncClient() as client:
        answer = await client.get(link.url)
    assert answer.content == b"text"
    assert answer.headers["content-type"] == "application/pdf"
    expected = "attachment; filename=\"_t_ _1_.pdf\"; filename*=UTF-8''%C3%A9t%C3%A9%20%221%22.pdf"
    assert answer.headers["content-disposition"] == expected


async def test_a_copy_has_the_same_content_and_what_is_missing_cannot_be_copied(storage: Storage) -> None:
    key = f"test/{new_id()}"
    await storage.put(BUCKET, key, b"text", "text/plain")
    await storage.copy(BUCKET, key, f"{key}-copy")
    assert await storage.read(BUCKET, f"{key}-copy") == b"text"
    with pytest.raises(ObjectMissing):
        await storage.copy(BUCKET, f"{key}-none", f"{key}-copy")


async def test_objects_are_encrypted_by_the_server_where_settings_say_so(encrypting: Storage) -> None:
    """However they get there; the link's header is signed, so that a client cannot leave it out."""
    key = f"test/{new_id()}"
    link = await presigned(encrypting, f"{key}-link", b"text")
    assert link.headers["x-amz-server-side-encryption"] == "AES256"
    assert await upload(link, b"text") == 200
    await encrypting.put(BUCKET, f"{key}-put", b"text", "text/plain")
    await encrypting.copy(BUCKET, f"{key}-put", f"{key}-copy")
    await encrypting.put_stream(BUCKET, f"{key}-stream", pieces(b"x" * (9 * MEBIBYTE)), "text/plain")
    for name in ("link", "put", "copy", "stream"):
        stored = await encrypting._client.head_object(Bucket=BUCKET, Key=f"{key}-{name}")
        assert stored["ServerSideEncryption"] == "AES256", name


async def test_keys_are_listed_by_prefix_in_their_order(storage: Storage) -> None:
    prefix = f"listed-{new_id()}/"
    for name in ("b", "a/c", "a/b"):
        await storage.put(BUCKET, prefix + name, b"x", "text/plain")
    assert [key async for key in storage.keys(BUCKET, prefix)] == [prefix + name for name in ("a/b", "a/c", "b")]
    assert [key async for key in storage.keys(BUCKET, f"{prefix}a/")] == [prefix + "a/b", prefix + "a/c"]
    assert [key async for key in storage.keys(BUCKET, f"{prefix}z")] == []
