"""The broker restarted in the middle: consumers resume by themselves, and nothing is lost or doubled."""

import asyncio
from pathlib import Path

import asyncpg
import nats
from common.contracts.cases import QuoteSentV1
from common.db.engine import Database
from common.events import outbox
from common.events.consume import EventConsumer
from common.events.envelope import Received
from common.events.relay import Relay
from common.events.topology import apply_with
from common.ids import new_id
from common.servers import Nats, free_port, run
from common.testing import eventually
from common.testing.plugin import Servers
from faststream.nats import NatsBroker
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession


def quote_sent(number: int) -> QuoteSentV1:
    return QuoteSentV1(
        case_id=new_id(),
        patient_id=new_id(),
        quote_id=new_id(),
        quote_number=f"DV-{number}",
        quote_version=1,
        total_amount="10.00",
        patient_remainder="0.00",
    )


async def test_relay_and_consumers_resume_after_the_broker_was_restarted(
    database: Database, database_url: str, servers: Servers, tmp_path: Path
) -> None:
    admin = await asyncpg.connect(servers.postgres, database=database_url.rsplit("/", 1)[1])
    await admin.execute("CREATE TABLE effects (number text)")
    await admin.execute("GRANT ALL ON effects TO cases_runtime")
    await admin.close()
    server = Nats(directory=tmp_path / "nats", port=free_port(), monitor_port=free_port())
    broker = NatsBroker(server.url(), apply_types=False, logger=None, max_reconnect_attempts=-1, reconnect_time_wait=1)

    async def handle(session: AsyncSession, event: Received[QuoteSentV1]) -> None:
        await session.execute(text("INSERT INTO effects VALUES (:n)"), {"n": event.data.quote_number})

    consumer = EventConsumer("documents", "quotes")
    consumer.on(QuoteSentV1)(handle)

    async def record(numbers: range) -> None:
        for number in numbers:
            async with database.transaction() as session:
                outbox.record(session, quote_sent(number), of=new_id())

    async with run([server.server()]):
        client = await nats.connect(server.url())
        await apply_with(client, max_bytes=64 * 1024**2)
        await client.close()
        connected = await broker.connect()
        consumer.attach(broker, database)
        await broker.start()
        relay = asyncio.create_task(Relay(database, lambda: connected).run())
        await record(range(50))

    await record(range(50, 100))  # the broker is away: the outbox takes them

    async with run([server.server()]):
        await record(range(100, 150))

        async def effects() -> int:
            return int(await database.reads.fetchval("SELECT count(*) FROM effects"))

        await eventually(effects, until=lambda count: count >= 150, seconds=30)
        distinct = await database.reads.fetchval("SELECT count(DISTINCT number) FROM effects")
        assert (await effects(), distinct) == (150, 150)
        relay.cancel()
        await asyncio.gather(relay, return_exceptions=True)
        await broker.stop()
