"""Fixtures of the cases service's tests."""

from collections.abc import AsyncIterator

import pytest_asyncio
from common.testing import RunningService
from common.testing.plugin import RunService


@pytest_asyncio.fixture
async def cases(run_service: RunService) -> AsyncIterator[RunningService]:
    """The service's API, on an empty database."""
    yield await run_service("cases")
