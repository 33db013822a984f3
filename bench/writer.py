"""A process that commits events at a rate, as a service's API does: `python -m bench.writer RATE SECONDS`.

Prints `{quote id: when its commit was through}`, in seconds of the machine's monotonic clock, in order.
"""

import json
import os
import sys
import time

import uvloop
from common.db.engine import Database
from common.events import outbox
from common.runtime import keep_what_is_loaded

from bench.events import at_rate, quote


async def write(database_url: str, rate: int, seconds: int) -> dict[str, float]:
    """When each commit was through, by the quote that its event is about."""
    database = Database(lambda: database_url)
    await database.open()
    committed: dict[str, float] = {}

    async def send(_number: int) -> None:
        event = quote()
        async with database.transaction() as session:
            outbox.record(session, event, of=event.quote_id)
        committed[str(event.quote_id)] = time.perf_counter()

    await at_rate(rate, seconds, send)
    await database.close()
    return committed


if __name__ == "__main__":
    keep_what_is_loaded()
    sys.stdout.write(json.dumps(uvloop.run(write(os.environ["DATABASE_URL"], int(sys.argv[1]), int(sys.argv[2])))))
