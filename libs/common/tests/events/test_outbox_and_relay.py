"""The way of an event from a transaction to the stream, and what a crash on that way does."""

import asyncio
from collections.abc import Sequence
from uuid import UUID

import orjson
import pytest
from common.contracts.cases import QuoteCreatedV1
from common.db.engine import Database
from common.events import outbox
from common.events import relay as relay_module
from common.events.relay import Relay
from common.ids import new_id
from common.testing import eventually
from nats.aio.client import Client
from nats.js.api import StreamInfo


def quote(case_id: UUID | None = None, version: int = 1) -> QuoteCreatedV1:
    return QuoteCreatedV1(
        case_id=case_id or new_id(),
        patient_id=new_id(),
        quote_id=new_id(),
        quote_number=f"DV-{version}",
        quote_version=version,
    )


async def record(database: Database, count: int) -> None:
    async with database.transaction() as session:
        for number in range(count):
            outbox.record(session, quote(version=number + 1), of=new_id())


async def stream(client: Client) -> StreamInfo:
    return await client.jetstream().stream_info("CASES")


async def stored_versions(client: Client, count: int) -> Sequence[int]:
    jetstream = client.jetstream()
    messages = [await jetstream.get_msg("CASES", sequence) for sequence in range(1, count + 1)]
    return [orjson.loads(message.data or b"")["data"]["quoteVersion"] for message in messages]


async def waiting(database: Database) -> int:
    return int(await database.reads.fetchval("SELECT count(*) FROM outbox"))


async def test_a_rolled_back_change_publishes_nothing(database: Database) -> None:
    async def fail() -> None:
        async with database.transaction() as session:
            outbox.record(session, quote(), of=new_id())
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await fail()
    assert await waiting(database) == 0


async def test_the_beginning_of_an_aggregate_is_told_under_one_id(database: Database) -> None:
    aggregate_id = new_id()
    for begins in (True, True, False, False):
        async with database.transaction() as session:
            outbox.record(session, quote(), of=aggregate_id, begins=begins)
    first, second, third, fourth = [
        row["event_id"] for row in await database.reads.fetch("SELECT event_id FROM outbox ORDER BY id")
    ]
    assert first == second
    assert len({first, third, fourth}) == 3


@pytest.mark.parametrize("count", [1, 7, 8, 250, 1500])
async def test_committed_events_reach_the_stream_once_and_in_order(
    database: Database, client: Client, count: int
) -> None:
    await record(database, count)
    connection = await database.connect()
    relay = Relay(database, lambda: client)
    moved = 0
    while moved < count:
        moved += await relay.relay_once(connection)
    await connection.close()
    assert (await stream(client)).state.messages == count
    assert list(await stored_versions(client, count)) == list(range(1, count + 1))
    assert await waiting(database) == 0
    assert await database.reads.fetchval("SELECT count(*) FROM outbox_sent") == count


@pytest.mark.parametrize("count", [3, 100])
async def test_a_relay_killed_between_acknowledgement_and_move_loses_and_doubles_nothing(
    database: Database, client: Client, count: int
) -> None:
    await record(database, count)
    connection = await database.connect()

    async def die() -> None:
        connection.terminate()
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        await Relay(database, lambda: client, before_move=die).relay_once(connection)
    assert await eventually(lambda: waiting(database), until=lambda rows: rows == count)
    assert (await stream(client)).state.messages == count

    successor = await database.connect()
    assert await Relay(database, lambda: client).relay_once(successor) == count
    await successor.close()
    assert (await stream(client)).state.messages == count
    assert await waiting(database) == 0


async def test_a_batch_partly_published_before_is_completed(database: Database, client: Client) -> None:
    await record(database, 20)
    connection = await database.connect()

    async def die() -> None:
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        await Relay(database, lambda: client, before_move=die).relay_once(connection, 10)
    assert await Relay(database, lambda: client).relay_once(connection) == 20
    await connection.close()
    assert (await stream(client)).state.messages == 20


async def test_only_one_relay_is_active_and_the_other_takes_over(database: Database, client: Client) -> None:
    relays = [Relay(database, lambda: client), Relay(database, lambda: client)]
    tasks = [asyncio.create_task(relay.run()) for relay in relays]

    async def active() -> list[bool]:
        return [relay.active for relay in relays]

    first = (await eventually(active, until=any)).index(True)
    await record(database, 5)
    await eventually(lambda: waiting(database), until=lambda rows: rows == 0)
    assert not relays[1 - first].active

    tasks[first].cancel()
    await eventually(active, until=lambda states: states[1 - first])
    await record(database, 5)
    await eventually(lambda: waiting(database), until=lambda rows: rows == 0)
    tasks[1 - first].cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert (await stream(client)).state.messages == 10


@pytest.mark.parametrize("process", ["the relay's own", "another"])
async def test_a_commit_wakes_the_relay(
    database: Database, database_url: str, client: Client, monkeypatch: pytest.MonkeyPatch, process: str
) -> None:
    monkeypatch.setattr(relay_module, "_POLL_SECONDS", 60.0)
    relay = Relay(database, lambda: client)
    task = asyncio.create_task(relay.run())
    another = Database(lambda: database_url)
    await another.open()

    async def listening() -> bool:
        return database.wake_relay is not None

    await eventually(listening, until=bool)
    await asyncio.sleep(0.2)  # until its first look, at an empty outbox, is over
    for _ in range(5):
        await record(another if process == "another" else database, 1)
        await eventually(lambda: waiting(database), until=lambda rows: rows == 0)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await another.close()
    assert database.wake_relay is None
    assert (await stream(client)).state.messages == 5


async def test_the_runtime_role_keeps_the_partitions_going(database: Database) -> None:
    await database.reads.execute("SELECT maintain_messaging()")
    partitions = await database.reads.fetchval(
        "SELECT count(*) FROM pg_inherits WHERE inhparent = 'outbox_sent'::regclass"
    )
    assert partitions >= 5


async def test_a_backlog_is_drained_in_order(database: Database, client: Client) -> None:
    await record(database, 2500)
    connection = await database.connect()
    assert await Relay(database, lambda: client).drain(connection) == 2500
    assert await Relay(database, lambda: client).drain(connection) == 0
    await connection.close()
    assert await stored_versions(client, 2500) == list(range(1, 2501))
    assert await waiting(database) == 0


async def test_rows_read_ahead_of_a_failure_stay_and_nothing_is_doubled(database: Database, client: Client) -> None:
    await record(database, 2500)
    batches = 0

    async def die_in_the_second() -> None:
        nonlocal batches
        batches += 1
        if batches == 2:
            raise RuntimeError

    connection = await database.connect()
    with pytest.raises(RuntimeError):
        await Relay(database, lambda: client, before_move=die_in_the_second).drain(connection)
    connection.terminate()
    successor = await database.connect()
    await eventually(lambda: waiting(database), until=lambda count: count == 1500)
    assert await Relay(database, lambda: client).drain(successor) == 1500
    await successor.close()
    assert (await stream(client)).state.messages == 2500
    assert await stored_versions(client, 2500) == list(range(1, 2501))
