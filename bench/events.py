"""The way of an event: relayed, delivered, handled exactly once."""

import asyncio
import json
import os
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from uuid import uuid4

import nats
import orjson
from common.contracts.cases import QuoteSentV1
from common.db.engine import Database
from common.events.consume import EventConsumer
from common.events.envelope import Received
from common.events.publish import BATCH_LIMIT, Message, publish
from common.events.relay import Relay
from common.ids import new_id
from common.testing.running import envelope_of
from faststream.nats import NatsBroker
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js.api import DeliverPolicy
from sqlalchemy import text
from sqlalchemy.event import listen
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session

from bench.report import Figure, percentile
from bench.stage import Stage, stage

_ROWS = 100_000
_LATENCY_RATES = (200, 500, 1000)  # events a second
_LATENCY_SECONDS = 5
_LATENCY_ROUNDS = 4
_WARM_UP_SECONDS = 2  # whose events are not counted, while pools fill and statements are prepared
_LATENCY_TARGETS: dict[tuple[str, int], tuple[str, Callable[[float, float], bool]]] = {
    ("handler", 200): ("≤ 3 times", lambda ours, bare: ours <= 3 * bare),
    ("effect", 500): ("< 20 ms", lambda ours, _: ours < 20),
}
_CONSUMED = 20_000


def quote() -> QuoteSentV1:
    """An event like any other."""
    return QuoteSentV1(
        case_id=new_id(),
        patient_id=new_id(),
        quote_id=new_id(),
        quote_number="DV-2026-000001",
        quote_version=1,
        total_amount="3161.21",
        patient_remainder="0.00",
    )


async def relay() -> list[Figure]:
    """Rows a second from the outbox to an acknowledged stream, beside bare atomic batches of the same messages."""
    async with stage() as where:
        database = Database(lambda: where.database_url)
        await database.open()
        client = await nats.connect(where.nats_url)
        payload = envelope_of(quote(), new_id(), 1, new_id())
        bare = await _bare_batches(client, payload)
        await _fill_outbox(where, payload)
        connection = await database.connect()
        relaying = Relay(database, lambda: client)
        started = time.perf_counter()
        while await relaying.drain(connection):
            pass
        rate = _ROWS / (time.perf_counter() - started)
        await connection.close()
        await client.close()
        await database.close()
    target = "30,000/s, or 75 % of the bare rate"
    met = rate >= 30_000 or rate >= 0.75 * bare
    return [Figure("outbox rows relayed", rate, "rows/s", bare, "bare atomic batches with ids", target, met)]


async def _bare_batches(client: Client, payload: bytes) -> float:
    started = time.perf_counter()
    for _ in range(_ROWS // BATCH_LIMIT):
        messages = [Message("CASES", QuoteSentV1.subject(), str(uuid4()), payload, {}) for _ in range(BATCH_LIMIT)]
        await publish(client, messages)
    return _ROWS / (time.perf_counter() - started)


async def _fill_outbox(where: Stage, payload: bytes) -> None:
    database = Database(lambda: where.database_url)
    connection = await database.connect()
    headers = orjson.dumps({"traceparent": "00-" + "0" * 32 + "-" + "0" * 16 + "-01"}).decode()
    await connection.execute(
        "INSERT INTO outbox (event_id, stream, subject, aggregate_id, aggregate_version, payload, headers) "
        "SELECT gen_random_uuid(), 'CASES', $1, gen_random_uuid(), 1, $2, $3::jsonb FROM generate_series(1, $4)",
        QuoteSentV1.subject(),
        payload,
        headers,
        _ROWS,
    )
    await connection.close()


@dataclass
class _Taken:
    """How long events took until their handler ran, and until its effect was committed; seconds."""

    handler: list[float] = field(default_factory=list)
    effect: list[float] = field(default_factory=list)


async def latency() -> list[Figure]:
    """Commit → handler and effect at several rates, beside a bare JetStream publish and consume at the same."""
    figures = []
    async with stage() as where:
        for rate in _LATENCY_RATES:
            bare: list[float] = []
            ours = _Taken()
            for _ in range(_LATENCY_ROUNDS):  # in turns, so that what else the disk does falls on both
                bare += await _bare_latency(where, rate)
                await _platform_latency(where, rate, ours)
            figures += [_latency_figure("handler", rate, share, ours.handler, bare) for share in (50, 99)]
            figures.append(_latency_figure("effect", rate, 99, ours.effect, bare))
    return figures


def _latency_figure(until: str, rate: int, share: int, ours: list[float], bare: list[float]) -> Figure:
    value, baseline = (percentile(taken, share / 100) * 1000 for taken in (ours, bare))
    target, meets = _LATENCY_TARGETS.get((until, rate), ("–", None)) if share == 99 else ("–", None)
    name = f"commit → {until} at {rate}/s, p{share}"
    return Figure(
        name, value, "ms", baseline, "bare publish and consume", target, meets is None or meets(value, baseline)
    )


async def at_rate(rate: int, seconds: int, send: Callable[[int], Awaitable[None]]) -> None:
    """Call `send` with 0, 1, 2… so many times a second, whether or not earlier calls have ended."""
    started = time.perf_counter()
    pending: set[asyncio.Task[None]] = set()
    for number in range(rate * seconds):
        await asyncio.sleep(max(0.0, started + number / rate - time.perf_counter()))
        task = asyncio.ensure_future(send(number))
        pending.add(task)
        task.add_done_callback(pending.discard)
    await asyncio.gather(*pending)


async def _bare_latency(where: Stage, rate: int) -> list[float]:
    client = await nats.connect(where.nats_url)
    jetstream = client.jetstream()
    sent: dict[str, float] = {}
    taken: dict[str, float] = {}

    async def on_message(message: Msg) -> None:
        number = message.data.decode()
        taken[number] = time.perf_counter() - sent[number]
        await message.ack()

    subscription = await jetstream.subscribe(
        "axtech.devices.bench",
        stream="DEVICES",
        cb=on_message,
        manual_ack=True,
        deliver_policy=DeliverPolicy.NEW,  # not what an earlier round published
    )

    async def send(number: int) -> None:
        sent[str(number)] = time.perf_counter()
        await jetstream.publish("axtech.devices.bench", str(number).encode())

    await at_rate(rate, _LATENCY_SECONDS, send)
    await _all_handled(sent, taken)
    await subscription.unsubscribe()
    await client.close()
    return [seconds for number, seconds in taken.items() if int(number) >= rate * _WARM_UP_SECONDS]


async def _platform_latency(where: Stage, rate: int, taken: _Taken) -> None:
    """One process commits, as a service's API does, one relays, as its worker does; this is another one's worker."""
    database = Database(lambda: where.database_url)
    await database.open()
    broker = NatsBroker(where.nats_url, apply_types=False, logger=None)
    await broker.connect()
    handled: dict[str, float] = {}
    effected: dict[str, float] = {}

    async def handle(session: AsyncSession, event: Received[QuoteSentV1]) -> None:
        quote_id = str(event.data.quote_id)
        handled[quote_id] = time.perf_counter()

        def committed(_: Session) -> None:
            effected[quote_id] = time.perf_counter()

        listen(session.sync_session, "after_commit", committed, once=True)

    consumer = EventConsumer("documents", "quotes")
    consumer.on(QuoteSentV1)(handle)
    consumer.attach(broker, database)
    await broker.start()
    async with _relaying(where):
        committed = await _written(where, rate)
        await _all_handled(committed, effected)
    await broker.stop()
    await database.close()
    counted = list(committed.items())[rate * _WARM_UP_SECONDS :]
    taken.handler += [max(0.0, handled[quote_id] - moment) for quote_id, moment in counted]
    taken.effect += [max(0.0, effected[quote_id] - moment) for quote_id, moment in counted]


@asynccontextmanager
async def _relaying(where: Stage) -> AsyncIterator[None]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bench.relaying"),
        env={**os.environ, "DATABASE_URL": where.database_url, "NATS_URL": where.nats_url},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    if process.stdin is None or process.stdout is None or not await process.stdout.readline():
        raise RuntimeError("the relay did not start")
    try:
        yield
    finally:
        process.stdin.close()
        await process.wait()


async def _written(where: Stage, rate: int) -> dict[str, float]:
    """When each change was committed, in order, by the process that does it."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bench.writer", str(rate), str(_LATENCY_SECONDS)),
        env={**os.environ, "DATABASE_URL": where.database_url},
        stdout=asyncio.subprocess.PIPE,
    )
    output, _ = await process.communicate()
    committed: dict[str, float] = json.loads(output)
    return committed


async def _all_handled(wanted: Collection[str], handled: Collection[str]) -> None:
    """RuntimeError when some are not handled long afterwards."""
    deadline = time.monotonic() + 20
    while missing := len(wanted) - len(handled):
        if time.monotonic() > deadline:
            raise RuntimeError(f"{missing} of {len(wanted)} events were not handled")
        await asyncio.sleep(0.05)


async def consume() -> list[Figure]:
    """Events handled exactly once a second: the batch in one transaction, beside a transaction for each message."""
    async with stage() as where:
        single = await _consume(where, batch=1, count=_CONSUMED // 10)
        batched = await _consume(where, batch=100, count=_CONSUMED)
    return [
        Figure(
            "events consumed, exactly-once effects",
            batched,
            "events/s",
            single,
            "one transaction a message",
            "≥ 5 times",
            batched >= 5 * single,
        )
    ]


async def _consume(where: Stage, *, batch: int, count: int) -> float:
    database = Database(lambda: where.database_url)
    await database.open()
    async with database.transaction() as session:
        await session.execute(text("DELETE FROM inbox"))
    broker = NatsBroker(where.nats_url, apply_types=False, logger=None)
    client = await broker.connect()
    await client.jetstream().purge_stream("JOBS")
    handled = 0
    done = asyncio.Event()

    async def handle(_session: AsyncSession, _event: Received[QuoteSentV1]) -> None:
        nonlocal handled
        handled += 1
        if handled >= count:
            done.set()

    messages = []
    for _ in range(count):
        event_id = new_id()
        payload = envelope_of(quote(), new_id(), 1, event_id)
        messages.append(Message("CASES", QuoteSentV1.subject(), str(event_id), payload, {}))
    await publish(client, messages)
    consumer = EventConsumer("documents", "quotes")
    object.__setattr__(consumer.spec, "batch", batch)
    consumer.on(QuoteSentV1)(handle)
    consumer.attach(broker, database)
    started = time.perf_counter()
    await broker.start()
    await done.wait()
    rate = count / (time.perf_counter() - started)
    await asyncio.sleep(0.5)
    await broker.stop()
    await database.close()
    return rate
