"""What a person does about messages: dead letters, and what a broker lost."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import asyncpg
import orjson
import pytest
import pytest_asyncio
from common.clock import now
from common.contracts.cases import QuoteSentV1
from common.contracts.jobs import ImportLpprV1
from common.db.engine import Database
from common.events import operations, outbox
from common.events.publish import NotAcknowledged
from common.events.relay import Relay
from common.ids import new_id
from common.testing.running import lose_stream
from nats.aio.client import Client

PAYLOAD = b'{"id": 1}'


@pytest_asyncio.fixture
async def connection(database: Database) -> AsyncIterator[asyncpg.Connection]:
    opened = await database.connect()
    yield opened
    await opened.close()


async def letter(connection: asyncpg.Connection) -> asyncpg.Record:
    """A dead letter that waits for a decision."""
    return await connection.fetchrow(
        "INSERT INTO dead_letters (id, consumer, event_id, stream, stream_sequence, subject, reason, error, "
        "deliveries, headers, payload) "
        "VALUES ($1, 'documents-quotes', 'e1', 'CASES', 7, $2, 'permanent', 'ValueError', 3, "
        """'{"traceparent": "00-a", "Nats-Batch-Id": "x"}', $3) RETURNING id, subject""",
        new_id(),
        QuoteSentV1.subject(),
        PAYLOAD,
    )


async def test_a_replayed_letter_is_published_under_an_id_of_its_own_once(
    connection: asyncpg.Connection, client: Client
) -> None:
    dead = await letter(connection)
    await operations.replay(connection, client, dead["id"])
    with pytest.raises(operations.NoSuchDeadLetter):
        await operations.replay(connection, client, dead["id"])
    stored = await client.jetstream().get_msg("CASES", 1)
    assert (stored.subject, stored.data) == (dead["subject"], PAYLOAD)
    assert stored.headers is not None
    assert stored.headers["Nats-Msg-Id"] == f"replay-{dead['id']}"
    assert "Nats-Batch-Id" not in stored.headers
    assert (await client.jetstream().stream_info("CASES")).state.messages == 1
    assert await operations.waiting(connection) == []


async def test_a_letter_stays_when_the_broker_does_not_take_it(connection: asyncpg.Connection, client: Client) -> None:
    dead = await letter(connection)
    await client.close()
    with pytest.raises(NotAcknowledged):
        await operations.replay(connection, client, dead["id"])
    assert [one["id"] for one in await operations.waiting(connection)] == [dead["id"]]


async def test_a_discarded_letter_is_kept_with_the_reason(connection: asyncpg.Connection) -> None:
    dead = await letter(connection)
    await operations.discard(connection, dead["id"], "sent by a test")
    shown = await operations.show(connection, dead["id"])
    assert await operations.waiting(connection) == []
    assert (shown["resolution"], shown["payload"]) == ("discarded: sent by a test", PAYLOAD.decode())
    with pytest.raises(operations.NoSuchDeadLetter):
        await operations.discard(connection, dead["id"], "again")


async def test_an_unknown_letter_is_said_to_be_unknown(connection: asyncpg.Connection) -> None:
    with pytest.raises(operations.NoSuchDeadLetter):
        await operations.show(connection, new_id())


async def send(database: Database, client: Client, connection: asyncpg.Connection, count: int) -> None:
    async with database.transaction() as session:
        for number in range(count):
            event = QuoteSentV1(
                case_id=new_id(),
                patient_id=new_id(),
                quote_id=new_id(),
                quote_number=f"DV-{number}",
                quote_version=1,
                total_amount="1.00",
                patient_remainder="0.00",
            )
            outbox.record(session, event, of=event.quote_id)
    while await Relay(database, lambda: client).relay_once(connection):
        pass


async def numbers(client: Client, count: int) -> list[str]:
    jetstream = client.jetstream()
    messages = [await jetstream.get_msg("CASES", sequence) for sequence in range(1, count + 1)]
    return [orjson.loads(message.data or b"")["data"]["quoteNumber"] for message in messages]


async def test_a_stream_that_was_lost_is_restored_in_order(
    database: Database, client: Client, connection: asyncpg.Connection
) -> None:
    await send(database, client, connection, 1500)
    await lose_stream(client, "CASES")
    moment = now() - timedelta(minutes=1)
    progress = [done async for done in operations.republish(connection, client, moment)]
    assert progress == [1000, 1500]
    assert await numbers(client, 1500) == [f"DV-{number}" for number in range(1500)]


async def test_a_job_that_waited_in_a_lost_queue_waits_again_under_its_first_id(
    database: Database, client: Client, connection: asyncpg.Connection
) -> None:
    async with database.transaction() as session:
        outbox.record(session, ImportLpprV1(import_id=new_id()), of=new_id())
    await Relay(database, lambda: client).relay_once(connection)
    jetstream = client.jetstream()
    waiting = await jetstream.get_msg("JOBS", 1)
    await lose_stream(client, "JOBS")
    moment = now() - timedelta(minutes=1)
    assert [done async for done in operations.republish(connection, client, moment)] == [1]
    again = await jetstream.get_msg("JOBS", 1)
    assert (again.subject, again.data, again.headers) == (waiting.subject, waiting.data, waiting.headers)
    reader = await jetstream.pull_subscribe_bind("cases-jobs", "JOBS")
    assert len(await reader.fetch(1, timeout=5)) == 1


async def test_republishing_what_the_stream_still_has_changes_nothing(
    database: Database, client: Client, connection: asyncpg.Connection
) -> None:
    await send(database, client, connection, 20)
    long_ago = datetime(2020, 1, 1, tzinfo=UTC)
    assert [done async for done in operations.republish(connection, client, long_ago)] == [20]
    assert (await client.jetstream().stream_info("CASES")).state.messages == 20


async def test_only_what_was_sent_since_and_only_the_named_stream_is_republished(
    database: Database, client: Client, connection: asyncpg.Connection
) -> None:
    await send(database, client, connection, 3)
    later = now() + timedelta(hours=1)
    past = now() - timedelta(hours=1)
    assert [done async for done in operations.republish(connection, client, later)] == []
    assert [done async for done in operations.republish(connection, client, past, stream="BILLING")] == []
    with pytest.raises(ValueError, match="not the name of a stream"):
        _ = [done async for done in operations.republish(connection, client, past, stream="cases; --")]
