"""Fixtures of the shared library's tests: a database with the messaging tables, and a broker."""

from collections.abc import AsyncIterator, Awaitable, Callable

import nats
import pytest_asyncio
from common.db.engine import Database
from nats.aio.client import Client


@pytest_asyncio.fixture
async def database_url(new_database: Callable[[str], Awaitable[str]]) -> str:
    """A database of the cases service, since every service's has the messaging tables."""
    return await new_database("cases")


@pytest_asyncio.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """The same, open."""
    opened = Database(lambda: database_url)
    await opened.open()
    yield opened
    await opened.close()


@pytest_asyncio.fixture
async def client(broker_url: str) -> AsyncIterator[Client]:
    """A connection to the test's own broker."""
    connected = await nats.connect(broker_url, max_reconnect_attempts=-1, reconnect_time_wait=0.1)
    yield connected
    await connected.close()
