"""What a process of a service holds open, opened and closed in one place."""

import asyncio
import logging
from contextlib import AsyncExitStack
from typing import Any

import asyncpg
import nats.errors
import nats.js.errors
from faststream.nats import NatsBroker
from nats.aio.client import Client

from common.auth.keys import KeySet
from common.auth.revocations import Revocations
from common.auth.service_tokens import ServiceTokens
from common.auth.tokens import TokenVerifier
from common.crypto import BlindIndex, Cipher
from common.db.engine import Database
from common.events.topology import owned_durables
from common.http.client import ServiceClient
from common.http.limits import RateLimits
from common.settings import Settings

_STOP_SECONDS = 22.0


class Resources:
    """Subclass to add what one service needs: extend `open`, entering it into the stack."""

    def __init__(self, service: str, settings: Settings) -> None:
        self.service = service
        self.settings = settings
        self.database = Database(
            settings.fresh_database_url, pool_size=settings.database_pool_size, application_name=f"axtech-{service}"
        )
        self.broker = NatsBroker(
            settings.nats_url.get_secret_value(),
            name=f"axtech-{service}",
            inbox_prefix=f"_INBOX_{service}",
            max_reconnect_attempts=-1,
            reconnect_time_wait=1,
            connect_timeout=2,
            ping_interval=10,
            max_outstanding_pings=2,
            allow_reconnect=True,
            apply_types=False,
            logger=logging.getLogger("faststream"),
            graceful_timeout=20.0,
        )
        self.revocations = Revocations()
        self.tokens = TokenVerifier(KeySet(settings.jwks_url), self.revocations)
        self.service_tokens = ServiceTokens(service, settings.service_key.get_secret_value(), settings.service_jwks)
        self.cipher = Cipher(settings.keyring())
        self.blind_index = BlindIndex(settings.blind_index_key.get_secret_value())
        self.rate_limits = RateLimits(settings)
        self.services = ServiceClient(settings, self.service_tokens)
        self.worker = False
        self._client: Client | None = None

    async def open(self, stack: AsyncExitStack) -> None:
        """Open the database and what hangs on it; the broker is connected by the runtime, in the background."""
        await self.database.open()
        stack.push_async_callback(self.database.close)
        await stack.enter_async_context(self.services)
        stack.push_async_callback(self.rate_limits.close)

    async def connect(self) -> None:
        """Connect to NATS, trying for as long as it takes."""
        self._client = await self.broker.connect()

    async def disconnect(self) -> None:
        """Let running handlers finish, then close; a broker that is away does not hold up the end."""
        try:
            async with asyncio.timeout(_STOP_SECONDS):
                await self.broker.stop()
        except (TimeoutError, nats.errors.Error):
            if self._client is not None:
                await self._client.close()

    def nats(self) -> Client:
        """The live connection to NATS; `nats.errors.ConnectionClosedError` while there is none yet."""
        if self._client is None:
            raise nats.errors.ConnectionClosedError
        return self._client

    async def readiness(self) -> dict[str, Any]:
        """`{check: True or what is wrong}` for what this process cannot work without."""
        checks: dict[str, Any] = {"database": await self._database_ready(), "broker": await self._broker_ready()}
        return checks

    async def _database_ready(self) -> bool | str:
        try:
            async with asyncio.timeout(2):
                await self.database.reads.fetchval("SELECT 1")
        except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            return type(error).__name__
        return True

    async def _broker_ready(self) -> bool | str:
        try:
            client = self.nats()
            if not client.is_connected:
                return "disconnected"
            if self.worker:
                async with asyncio.timeout(2):
                    await self._durables_exist(client)
        except (OSError, TimeoutError, nats.errors.Error, nats.js.errors.Error) as error:
            return type(error).__name__
        return True

    async def _durables_exist(self, client: Client) -> None:
        """A deleted durable is served by a silent, endless loop: only asking for it tells."""
        jetstream = client.jetstream(timeout=2)
        await asyncio.gather(*(jetstream.consumer_info(stream, name) for stream, name in owned_durables(self.service)))
