"""A process that relays the events of a database, as a service's worker does: `python -m bench.relaying`.

Prints a line once it relays, and ends with its standard input.
"""

import asyncio
import os
import sys

import nats
import uvloop
from common.db.engine import Database
from common.events.relay import Relay
from common.runtime import keep_what_is_loaded
from common.telemetry import logs


async def relay(database_url: str, nats_url: str) -> None:
    """Relay until standard input ends."""
    database = Database(lambda: database_url)
    await database.open()
    client = await nats.connect(nats_url)
    relaying = Relay(database, lambda: client)
    task = asyncio.create_task(relaying.run())
    while not relaying.active and not task.done():  # noqa: ASYNC110 - in PostgreSQL
        await asyncio.sleep(0.01)
    if task.done():
        task.result()
    sys.stdout.write("relaying\n")
    sys.stdout.flush()
    await asyncio.to_thread(sys.stdin.read)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await client.close()
    await database.close()


if __name__ == "__main__":
    logs.configure("bench", level="ERROR", json=True)  # standard output is for the one line
    keep_what_is_loaded()
    uvloop.run(relay(os.environ["DATABASE_URL"], os.environ["NATS_URL"]))
