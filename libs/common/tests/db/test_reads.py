"""Connections lent for one statement each."""

import asyncio

import asyncpg
import pytest
from common.db.engine import Database
from common.db.reads import Reads

BACKEND = "SELECT pg_backend_pid()"


async def test_what_is_asked_one_by_one_shares_a_connection(database: Database) -> None:
    assert len({await database.reads.fetchval(BACKEND) for _ in range(5)}) == 1


async def test_no_more_run_at_once_than_there_are_connections(database: Database) -> None:
    reads = Reads(database.connect, 2)
    backends = await asyncio.gather(*(reads.fetchval("SELECT pg_backend_pid() FROM pg_sleep(0.01)") for _ in range(8)))
    await reads.close()
    assert len(set(backends)) == 2


async def test_a_refused_statement_keeps_its_connection(database: Database) -> None:
    before = await database.reads.fetchval(BACKEND)
    with pytest.raises(asyncpg.UndefinedTableError):
        await database.reads.fetch("SELECT * FROM nowhere")
    assert await database.reads.fetchval(BACKEND) == before


async def test_a_cancelled_statement_gives_up_its_connection_and_its_turn(database: Database) -> None:
    reads = Reads(database.connect, 1)
    before = await reads.fetchval(BACKEND)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await reads.execute("SELECT pg_sleep(30)")
    assert await reads.fetchval(BACKEND) != before
    await reads.close()


async def test_a_connection_the_server_closed_is_replaced(database: Database) -> None:
    before = await database.reads.fetchval(BACKEND)
    administrator = await database.connect()
    await administrator.execute("SELECT pg_terminate_backend($1, 5000)", before)
    await administrator.close()
    for _ in range(2):  # the first may still be sent on it
        try:
            after = await database.reads.fetchval(BACKEND)
            break
        except asyncpg.PostgresError:
            continue
    assert after != before
