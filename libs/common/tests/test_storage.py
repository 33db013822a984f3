"""The object storage, on a real one."""

from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any, cast

import pytest
import pytest_asyncio
from common.ids import new_id
from common.settings import Settings
from common.storage import ObjectMissing, Storage
from common.testing.plugin import Servers
from pydantic import SecretStr

BUCKET = "axtech-returns-development"
MEBIBYTE = 1024 * 1024


@pytest_asyncio.fixture
async def storage(servers: Servers) -> AsyncIterator[Storage]:
    given: Any = SimpleNamespace(
        s3_access_key=SecretStr("test-access-key"),
        s3_secret_key=SecretStr("test-secret-key"),
        s3_region="us-east-1",
        s3_endpoint=servers.s3,
        s3_public_endpoint=None,
    )
    async with Storage(cast("Settings", given)) as opened:
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
