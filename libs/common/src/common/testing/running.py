"""One service, running in the test's own event loop on its own database and, where asked for, its own broker."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar
from uuid import UUID

import httpx
import nats
import orjson
from fastapi import FastAPI
from nats.aio.client import Client

from common import clock, context
from common.auth.actor import Actor
from common.events import operations, topology
from common.events.contract import Contract
from common.events.envelope import Envelope
from common.events.publish import Message, publish
from common.ids import new_id
from common.resources import Resources
from common.testing.keys import TestKeys

T = TypeVar("T")
_EVER = datetime(2000, 1, 1, tzinfo=UTC)


async def eventually(
    probe: Callable[[], Awaitable[T]], *, until: Callable[[T], bool] = bool, seconds: float = 30.0
) -> T:
    """What `probe` gives once `until` is content with it; AssertionError, with the last value, when it never is."""
    deadline = asyncio.get_running_loop().time() + seconds
    while True:
        value = await probe()
        if until(value):
            return value
        if asyncio.get_running_loop().time() > deadline:
            raise AssertionError(f"still {value!r} after {seconds} s")
        await asyncio.sleep(0.02)


@dataclass
class RunningService:
    """`http` speaks to the service without a token; `client(actor)` with one."""

    name: str
    app: FastAPI
    resources: Any
    http: httpx.AsyncClient
    keys: TestKeys
    nats_url: str | None
    admin_url: str

    def client(self, actor: Actor, **claims: Any) -> httpx.AsyncClient:
        """A client signed in as `actor`; paths are relative to `/api/v1`."""
        return self._client(f"{self.http.base_url}/api/v1", self.keys.token(actor, **claims))

    def internal(self, caller: str) -> httpx.AsyncClient:
        """A client with a service token; paths are relative to `/internal/v1`."""
        return self._client(f"{self.http.base_url}/internal/v1", self.keys.service_token(caller, self.name))

    def _client(self, base: str, token: str) -> httpx.AsyncClient:
        transport = httpx.ASGITransport(self.app, client=("127.0.0.1", 50000))
        return httpx.AsyncClient(transport=transport, base_url=base, headers={"Authorization": f"Bearer {token}"})

    async def recorded(self, name: str | None = None) -> list[Envelope]:
        """Events committed to the outbox so far, sent or not, oldest first; all, or those of one name."""
        resources: Resources = self.resources
        rows = await resources.database.reads.fetch(
            "SELECT id, payload FROM outbox UNION ALL SELECT id, payload FROM outbox_sent ORDER BY id"
        )
        envelopes = [Envelope.model_validate(orjson.loads(row["payload"])) for row in rows]
        return [envelope for envelope in envelopes if name is None or envelope.name == name]

    async def publish(
        self,
        contract: Contract,
        *,
        of: UUID | None = None,
        version: int = 1,
        event_id: UUID | None = None,
        times: int = 1,
    ) -> UUID:
        """Publish an event as its producer would, `times` times over with one event id; returns that id."""
        identifier = event_id or new_id()
        payload = envelope_of(contract, of or new_id(), version, identifier)
        client = await nats.connect(self.nats_url or "")
        try:
            for turn in range(times):
                message_id = f"{identifier}-{new_id()}" if turn else str(identifier)
                await publish(client, [Message(contract.stream(), contract.subject(), message_id, payload, {})])
        finally:
            await client.close()
        return identifier

    async def publish_raw(self, stream: str, subject: str, payload: bytes) -> None:
        """Publish bytes of any kind."""
        client = await nats.connect(self.nats_url or "")
        try:
            await publish(client, [Message(stream, subject, str(new_id()), payload, {})])
        finally:
            await client.close()

    async def republish_jobs(self) -> int:
        """Have the broker lose its work queue once every job is done, and each job published again, under its first id.

        Returns once they are done a second time: how many there were.
        """
        await self.jobs_done()
        client = await nats.connect(self.nats_url or "")
        try:
            await lose_stream(client, "JOBS")
            connection = await self.resources.database.connect()
            try:
                counts = [count async for count in operations.republish(connection, client, _EVER, stream="JOBS")]
            finally:
                await connection.close()
        finally:
            await client.close()
        await self.jobs_done()
        return counts[-1] if counts else 0

    async def jobs_done(self) -> None:
        """Return once no job waits or runs, nor any that one of them asked for."""
        client = await nats.connect(self.nats_url or "")
        try:
            await eventually(lambda: self._jobs_are_done(client), seconds=20)
        finally:
            await client.close()

    async def _jobs_are_done(self, client: Client) -> bool:
        # Twice the same state of the stream: what a job recorded was not on its way from the outbox in between.
        jetstream, resources = client.jetstream(), self.resources
        before = (await jetstream.stream_info("JOBS")).state
        recorded = await resources.database.reads.fetchval("SELECT count(*) FROM outbox WHERE stream = 'JOBS'")
        after = (await jetstream.stream_info("JOBS")).state
        return before.messages == recorded == after.messages == 0 and before.last_seq == after.last_seq

    async def dead_letters(self) -> list[dict[str, Any]]:
        """What is in `dead_letters`, oldest first."""
        resources: Resources = self.resources
        rows = await resources.database.reads.fetch("SELECT * FROM dead_letters ORDER BY created_at")
        return [dict(row) for row in rows]


async def equip(client: Client) -> None:
    """Give a broker the whole topology, and no clock of its own: it ticks when the test publishes a tick.

    Some schedules tick every minute, and the hour at which tests run must not decide what they find.
    """
    await topology.apply_with(client, max_bytes=64 * 1024**2)
    await client.jetstream().purge_stream("SCHEDULES")


async def lose_stream(client: Client, name: str) -> None:
    """A stream as it is on a new disk: empty, without memory of any id, its places given anew."""
    jetstream = client.jetstream()
    config = (await jetstream.stream_info(name)).config
    await jetstream.delete_stream(name)
    await jetstream.add_stream(config)
    for stream, durable in topology.durables():
        if stream == name:
            await jetstream.add_consumer(stream, durable)


def envelope_of(contract: Contract, aggregate_id: UUID, version: int, event_id: UUID) -> bytes:
    """The envelope of an event, as the outbox would write it."""
    cause = context.current()
    envelope = Envelope(
        id=event_id,
        source=f"axtech/{contract.service}",
        type=contract.type_name(),
        subject=aggregate_id,
        time=clock.now(),
        dataschema=f"urn:axtech:contract:{type(contract).__name__}",
        aggregateversion=version,
        correlationid=event_id,
        requestid=cause.request_id,
        traceparent=cause.traceparent,
        data=contract.model_dump(mode="json", by_alias=True),
    )
    return envelope.model_dump_json().encode()
