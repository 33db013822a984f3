"""Exactly-once effects, whatever the broker delivers; and where a message goes that cannot be handled."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from uuid import UUID

import asyncpg
import orjson
import pytest
import pytest_asyncio
from common.contracts.cases import QuoteApprovedV1, QuoteSentV1
from common.db.engine import Database
from common.events import dead_letters
from common.events.consume import EventConsumer
from common.events.envelope import Received
from common.events.publish import Message, publish
from common.events.retry import PermanentError, TryLater
from common.ids import new_id
from common.testing import eventually
from common.testing.plugin import Servers
from common.testing.running import envelope_of, lose_stream
from faststream.nats import NatsBroker
from nats.aio.client import Client
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

Fault = Callable[[Received[QuoteSentV1]], Awaitable[None]]


def quote_sent(number: str = "DV-1") -> QuoteSentV1:
    return QuoteSentV1(
        case_id=new_id(),
        patient_id=new_id(),
        quote_id=new_id(),
        quote_number=number,
        quote_version=1,
        total_amount="10.00",
        patient_remainder="0.00",
    )


class Scene:
    """A consumer whose effect is a row in a table, on a real broker and database."""

    def __init__(self, database: Database, client: Client, url: str) -> None:
        self.database = database
        self.client = client
        self.broker = NatsBroker(
            url,
            apply_types=False,
            logger=logging.getLogger("faststream"),
            max_reconnect_attempts=-1,
            reconnect_time_wait=1,
        )
        self.fault: Fault | None = None

    async def start(self) -> None:
        consumer = EventConsumer("documents", "quotes")
        consumer.on(QuoteSentV1)(self._handle)
        consumer.attach(self.broker, self.database)
        await self.broker.start()

    async def _handle(self, session: AsyncSession, event: Received[QuoteSentV1]) -> None:
        await session.execute(text("INSERT INTO effects VALUES (:number)"), {"number": event.data.quote_number})
        if self.fault is not None:
            await self.fault(event)

    async def publish(self, event: QuoteSentV1, *, event_id: UUID | None = None, copies: int = 1) -> UUID:
        identifier = event_id or new_id()
        payload = envelope_of(event, event.quote_id, 1, identifier)
        for _ in range(copies):
            await self.publish_raw(payload)
        return identifier

    async def publish_raw(self, payload: bytes) -> None:
        await publish(self.client, [Message("CASES", QuoteSentV1.subject(), str(new_id()), payload, {})])

    async def effects(self) -> list[str]:
        rows = await self.database.reads.fetch("SELECT number FROM effects ORDER BY number")
        return [row["number"] for row in rows]

    async def settled(self) -> bool:
        """Whether the last message is done with; what is pending the broker counts a moment after it took it."""
        jetstream = self.client.jetstream()
        last = (await jetstream.stream_info("CASES")).state.last_seq
        return bool((await jetstream.consumer_info("CASES", "documents-quotes")).ack_floor.stream_seq == last)

    async def dead(self) -> list[str]:
        rows = await self.database.reads.fetch("SELECT reason FROM dead_letters")
        return [row["reason"] for row in rows]


@pytest_asyncio.fixture
async def scene(
    database: Database, database_url: str, servers: Servers, client: Client, broker_url: str
) -> AsyncIterator[Scene]:
    admin = await asyncpg.connect(servers.postgres, database=database_url.rsplit("/", 1)[1])
    await admin.execute("CREATE TABLE effects (number text)")
    await admin.execute("GRANT ALL ON effects TO cases_runtime")
    await admin.close()
    made = Scene(database, client, broker_url)
    await made.start()
    yield made
    await made.broker.stop()


async def test_an_event_has_its_effect_once_however_often_it_is_delivered(scene: Scene) -> None:
    await scene.publish(quote_sent(), copies=5)
    await eventually(scene.settled)
    assert await scene.effects() == ["DV-1"]


async def test_a_batch_is_one_transaction_and_each_event_counts(scene: Scene) -> None:
    for number in range(120):
        await scene.publish(quote_sent(f"DV-{number:03}"))
    await eventually(scene.settled)
    assert await scene.effects() == [f"DV-{number:03}" for number in range(120)]


async def test_one_failing_event_does_not_hold_up_its_batch(scene: Scene) -> None:
    async def fail(event: Received[QuoteSentV1]) -> None:
        if event.data.quote_number == "DV-bad":
            raise PermanentError("never")

    scene.fault = fail
    await asyncio.gather(*(scene.publish(quote_sent(number)) for number in ("DV-1", "DV-bad", "DV-2")))
    await eventually(scene.settled)
    assert await scene.effects() == ["DV-1", "DV-2"]
    assert await scene.dead() == ["permanent"]


async def test_a_transient_failure_is_tried_again_after_a_delay_and_leaves_no_trace(scene: Scene) -> None:
    async def fail_twice(event: Received[QuoteSentV1]) -> None:
        if event.deliveries < 3:
            raise TryLater

    scene.fault = fail_twice
    await scene.publish(quote_sent())
    await eventually(scene.effects)
    await eventually(scene.settled)
    assert await scene.effects() == ["DV-1"]
    assert await scene.dead() == []


@pytest.mark.parametrize(
    "payload",
    [b"", b"\xff\x00", b"[]", b"{}", b'{"specversion": "1.0"}', b"null"],
    ids=["empty", "binary", "array", "no attributes", "few attributes", "null"],
)
async def test_a_message_that_is_no_event_is_kept_with_its_reason(scene: Scene, payload: bytes) -> None:
    await scene.publish_raw(payload)
    await eventually(scene.dead)
    [letter] = await scene.database.reads.fetch("SELECT * FROM dead_letters")
    assert (letter["reason"], letter["payload"], letter["consumer"]) == ("invalid", payload, "documents-quotes")
    assert letter["error"]
    await eventually(scene.settled)


async def test_an_event_whose_data_breaks_its_contract_is_kept_and_its_values_are_not_in_the_reason(
    scene: Scene,
) -> None:
    payload = envelope_of(quote_sent(), new_id(), 1, new_id()).replace(b'"10.00"', b'"secret-amount"')
    await scene.publish_raw(payload)
    await eventually(scene.dead)
    error = await scene.database.reads.fetchval("SELECT error FROM dead_letters")
    assert "totalAmount" in error
    assert "secret-amount" not in error


async def test_the_broker_giving_up_on_a_message_brings_it_to_dead_letters(scene: Scene) -> None:
    await scene.broker.stop()
    await scene.publish(quote_sent())
    jetstream = scene.client.jetstream()
    subscription = await jetstream.pull_subscribe("", durable="documents-quotes", stream="CASES")
    [message] = await subscription.fetch(1, timeout=5)
    await message.term()
    advisories = await jetstream.pull_subscribe("", durable="documents-dead-letters", stream="DEAD_LETTERS")
    [advisory] = await advisories.fetch(1, timeout=5)
    await dead_letters.bury_advised(scene.database, scene.client, advisory.data)
    await dead_letters.bury_advised(scene.database, scene.client, advisory.data)
    assert await scene.dead() == ["terminated"]


async def test_what_is_dead_on_a_new_disk_is_kept_beside_what_was_dead_in_its_place_before(scene: Scene) -> None:
    await scene.broker.stop()
    advisory = b'{"type": "terminated", "stream": "CASES", "stream_seq": 1, "consumer": "documents-quotes"}'
    for number in ("DV-1", "DV-2"):
        await scene.publish(quote_sent(number))
        await dead_letters.bury_advised(scene.database, scene.client, advisory)
        await lose_stream(scene.client, "CASES")
    kept = await scene.database.reads.fetch("SELECT payload FROM dead_letters ORDER BY created_at")
    assert [orjson.loads(row["payload"])["data"]["quoteNumber"] for row in kept] == ["DV-1", "DV-2"]


async def test_a_database_that_is_away_costs_no_attempt(scene: Scene, servers: Servers) -> None:
    admin = await asyncpg.connect(servers.postgres)
    name = (await scene.database.reads.fetchval("SELECT current_database()")).replace('"', "")
    await admin.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
    await admin.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", name)
    await scene.publish(quote_sent())
    await asyncio.sleep(1.5)
    await admin.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')
    await admin.close()
    await eventually(scene.settled, seconds=20)
    assert await scene.effects() == ["DV-1"]
    assert await scene.dead() == []


async def test_a_handler_for_an_event_outside_the_map_is_refused() -> None:
    async def handle(_session: AsyncSession, _event: Received[QuoteApprovedV1]) -> None: ...

    with pytest.raises(TypeError, match="does not give"):
        EventConsumer("documents", "quotes").on(QuoteApprovedV1)(handle)
