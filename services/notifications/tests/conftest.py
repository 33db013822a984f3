"""Fixtures of the notifications service's tests: identity as a fake, the providers as the mailbox simulates them."""

import os
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
import pytest_asyncio
from common.clock import now
from common.contracts.enums import Channel
from common.ids import new_id
from common.servers import free_port
from common.testing import RunningService, eventually
from common.testing.plugin import RunService
from notifications.catalogue.domain import TEMPLATES, TemplateId
from notifications.deliveries.domain import NotificationStatus
from notifications.deliveries.models import Notification
from notifications.testing import FakeIdentity, Mailbox, serve_identity
from notifications.testing.identity import serving

SECRETS = {
    "brevo_api_key": "brevo-key",
    "brevo_webhook_token": "brevo-webhook-token",
    "twilio_account_sid": "ACtest",
    "twilio_auth_token": "twilio-token",
}
Start = Callable[..., Awaitable[RunningService]]
Add = Callable[..., Awaitable[UUID]]


@pytest.fixture(scope="session")
def public_port() -> int:
    """Where the service of a test listens when the providers are to reach it."""
    return free_port()


@pytest.fixture(scope="session")
def mailbox_url(tmp_path_factory: pytest.TempPathFactory, public_port: int) -> Iterator[str]:
    """The mailbox's process, one for all tests of a worker."""
    folder: Path = tmp_path_factory.mktemp("mailbox")
    port = free_port()
    webhook = f"http://127.0.0.1:{public_port}/api/v1/webhooks/brevo"
    command = [sys.executable, "-m", "axtech.simulators.mailbox", "--port", str(port), "--data", str(folder)]
    command += ["--brevo-webhook-url", webhook, "--webhook-delay", "0.05"]
    environment = {**os.environ, **{name.upper(): value for name, value in SECRETS.items()}}
    process = subprocess.Popen(command, env=environment)
    yield f"http://127.0.0.1:{port}"
    process.terminate()
    process.wait()


@pytest_asyncio.fixture
async def mailbox(mailbox_url: str) -> AsyncIterator[Mailbox]:
    """The mailbox, empty and without faults."""
    async with httpx.AsyncClient(base_url=mailbox_url) as client:

        async def reset() -> bool:
            try:
                return (await client.post("/control/reset")).is_success
            except httpx.TransportError:
                return False

        await eventually(reset, seconds=30)
        yield Mailbox(mailbox_url, client)


@pytest_asyncio.fixture
async def identity() -> AsyncIterator[FakeIdentity]:
    """Identity's internal API, with nobody in it."""
    async with serve_identity() as fake:
        yield fake


@pytest.fixture
def around(mailbox: Mailbox, identity: FakeIdentity, public_port: int) -> dict[str, Any]:
    """The settings that put the service between a fake identity and the mailbox."""
    return {
        **SECRETS,
        "identity_url": identity.url,
        "brevo_url": mailbox.url,
        "twilio_url": mailbox.url,
        "public_url": f"http://127.0.0.1:{public_port}",
        "provider_timeout_seconds": 1.0,
    }


@pytest_asyncio.fixture
async def worker(run_worker: RunService, around: dict[str, Any]) -> RunningService:
    """The whole service, between a fake identity and the mailbox; the providers' reports do not reach it."""
    return await run_worker("notifications", **around)


@pytest_asyncio.fixture
async def start(run_worker: RunService, around: dict[str, Any]) -> Start:
    """Starts the whole service with settings of the test's own."""

    async def started(**changes: Any) -> RunningService:
        return await run_worker("notifications", **{**around, **changes})

    return started


@pytest_asyncio.fixture
async def reachable(worker: RunningService, public_port: int) -> AsyncIterator[RunningService]:
    """The whole service, listening where the providers send their reports."""
    async with serving(worker.app, socket.create_server(("127.0.0.1", public_port))):
        yield worker


@pytest_asyncio.fixture
async def api(run_service: RunService, around: dict[str, Any]) -> RunningService:
    """The API alone, on an empty database."""
    return await run_service("notifications", **around)


@pytest.fixture
def add() -> Add:
    """Puts a notification into a service's database: `await add(service, status="SENT", external_id="…")`."""

    async def added(running: RunningService, **columns: Any) -> UUID:
        status = NotificationStatus(columns.pop("status", "PENDING"))
        values = {
            "recipient_id": new_id(),
            "channel": Channel.EMAIL,
            "template_id": TemplateId.CASE_OPENED,
            "context": TEMPLATES[TemplateId.CASE_OPENED].sample.model_dump(mode="json", by_alias=True),
            "event_id": new_id(),
            "sent_at": now() if status in {"SENT", "DELIVERED", "BOUNCED"} else None,
            "delivered_at": now() if status == "DELIVERED" else None,
            "failure_reason": "TEST" if status in {"FAILED", "BOUNCED"} else None,
        } | columns
        async with running.resources.database.transaction() as session:
            notification = Notification(status=status, **values)
            session.add(notification)
            await session.flush()
            return UUID(str(notification.id))

    return added
