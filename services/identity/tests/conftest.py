"""Fixtures of the identity service's tests."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import httpx
import pytest_asyncio
from common.testing import RunningService
from common.testing.keys import TestKeys
from common.testing.plugin import RunService
from identity.testing import People

RunIdentity = Callable[..., Awaitable[RunningService]]


def _settings(keys: TestKeys, **changes: Any) -> dict[str, Any]:
    given = {"jwt_secret": keys.identity, "jwt_refresh_secret": "r" * 32, "bcrypt_rounds": 4, "password_threads": 2}
    return given | changes


@pytest_asyncio.fixture
async def run_identity(run_service: RunService, keys: TestKeys) -> RunIdentity:
    """Run the API with settings of the test's own: `await run_identity(rate_limit_auth="5/minute")`."""

    async def run(**changes: Any) -> RunningService:
        return await run_service("identity", **_settings(keys, **changes))

    return run


@pytest_asyncio.fixture
async def identity(run_identity: RunIdentity) -> RunningService:
    """The service's API, on an empty database."""
    return await run_identity()


@pytest_asyncio.fixture
async def identity_worker(run_worker: RunService, keys: TestKeys) -> RunningService:
    """The service with its broker, relay, consumers, jobs and schedules."""
    return await run_worker("identity", **_settings(keys))


@pytest_asyncio.fixture
async def people(identity: RunningService) -> People:
    """Accounts of `identity`."""
    return People(identity)


@pytest_asyncio.fixture
async def documents(identity: RunningService) -> AsyncIterator[dict[str, Any]]:
    """What the documents service knows, by document id: the test fills it in."""
    known: dict[str, Any] = {}

    def answer(request: httpx.Request) -> httpx.Response:
        found = known.get(request.url.path.rsplit("/", 1)[-1])
        return httpx.Response(200, json=found) if found else httpx.Response(404, json={})

    async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as client:
        await identity.resources.services._client.aclose()
        identity.resources.services._client = client
        yield known
