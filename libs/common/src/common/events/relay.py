"""The relay: moves committed rows of the outbox to JetStream, in order, losing none.

One is active a database, held by an advisory lock on a direct connection. Rows are read without a transaction,
published, and moved to `outbox_sent` once JetStream has acknowledged all of them: killed in between, they are
published again under the same ids, which the stream and every inbox recognise. No cursor: a row is next by being
there, so one whose transaction commits late is never skipped.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

import asyncpg
import orjson
import structlog
from common.db.engine import Database
from common.events import outbox
from common.events.publish import BATCH_LIMIT, Message, NotAcknowledged, publish
from common.telemetry import metrics
from nats.aio.client import Client

_LOCK = 0x41585445  # "AXTE"
_POLL_SECONDS = 1.0
_TAKE_OVER_SECONDS = 2.0
_MAINTAIN_SECONDS = 3600.0

_COLUMNS = "id, event_id, stream, subject, aggregate_id, aggregate_version, payload, headers, created_at"
_NEXT = """
SELECT id, stream, subject, event_id, aggregate_id, payload, headers
FROM outbox WHERE id <> ALL($1::bigint[]) ORDER BY id LIMIT $2
"""
_MOVE = f"""
WITH moved AS (DELETE FROM outbox WHERE id = ANY($1::bigint[]) RETURNING {_COLUMNS})
INSERT INTO outbox_sent ({_COLUMNS}) SELECT {_COLUMNS} FROM moved
"""  # noqa: S608 - constants
_AGE = "SELECT count(*), coalesce(extract(epoch FROM now() - min(created_at)), 0)::float8 FROM outbox"

log = structlog.get_logger(__name__)


class Relay:
    """Publishes one database's outbox until cancelled."""

    def __init__(
        self,
        database: Database,
        client: Callable[[], Client],
        *,
        before_move: Callable[[], Any] | None = None,
    ) -> None:
        """`client` gives the live NATS connection; `before_move` is awaited between acknowledgement and move."""
        self._database = database
        self._client = client
        self._before_move = before_move
        self._woken = asyncio.Event()
        self.active = False

    async def run(self) -> None:
        """Hold the lock and relay; start over, after a pause, when the database or the broker is away."""
        while True:
            try:
                await self._hold()
            except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError, NotAcknowledged) as error:
                self.active = False
                metrics.RELAY_FAILURES.inc()
                log.warning("relay_interrupted", error=f"{type(error).__name__}: {error}")
                await asyncio.sleep(_POLL_SECONDS)

    async def _hold(self) -> None:
        # Undone by a crash of PostgreSQL, a move is done again: the ids are known to the stream and to every inbox.
        connection = await self._database.connect_relaxed()
        try:
            while not await connection.fetchval("SELECT pg_try_advisory_lock($1)", _LOCK):  # noqa: ASYNC110 - in PostgreSQL
                await asyncio.sleep(_TAKE_OVER_SECONDS)
            self.active = True
            log.info("relay_active")
            await connection.add_listener(outbox.WAKE_CHANNEL, lambda *_: self._woken.set())
            self._database.wake_relay = self._woken.set
            await self._relay(connection)
        finally:
            self.active = False
            self._database.wake_relay = None
            connection.terminate()

    async def _relay(self, connection: asyncpg.Connection) -> None:
        maintained = observed = float("-inf")
        while True:
            if time.monotonic() - maintained > _MAINTAIN_SECONDS:
                await connection.execute("SELECT maintain_messaging()")
                maintained = time.monotonic()
            self._woken.clear()
            moved = await self.relay_once(connection)
            if moved == BATCH_LIMIT:
                await self.drain(connection)
            else:
                if time.monotonic() - observed > _POLL_SECONDS:
                    await self._observe(connection)
                    observed = time.monotonic()
                with suppress(TimeoutError):
                    async with asyncio.timeout(_POLL_SECONDS):
                        await self._woken.wait()

    async def drain(self, connection: asyncpg.Connection) -> int:
        """Move a backlog: while rows are published, the next are read and the last are moved. Returns how many.

        Published one batch after the other, so the order stays. Raises as `relay_once` does.
        """
        moved = 0
        other = await self._database.connect_relaxed()
        moving: asyncio.Task[None] | None = None
        last: list[int] = []
        try:
            rows = await self._next(connection)
            while rows:
                ids = [row["id"] for row in rows]
                ahead = asyncio.create_task(self._next(connection, [*last, *ids]))
                try:
                    await self._publish(rows)
                    if moving is not None:
                        await moving
                finally:
                    rows = await ahead
                moving, last = asyncio.create_task(self._move(other, ids)), ids
                moved += len(ids)
            return moved
        finally:
            if moving is not None:
                await moving
            other.terminate()

    async def relay_once(self, connection: asyncpg.Connection, limit: int = BATCH_LIMIT) -> int:
        """Move up to `limit` rows; returns how many. Raises, moving none, when any is not acknowledged."""
        rows = await self._next(connection, limit=limit)
        if rows:
            await self._publish(rows)
            await self._move(connection, [row["id"] for row in rows])
        return len(rows)

    @staticmethod
    async def _next(
        connection: asyncpg.Connection, under_way: Sequence[int] = (), limit: int = BATCH_LIMIT
    ) -> list[asyncpg.Record]:
        """The oldest rows, without those under way. Not locked: whoever relays holds the lock of the database."""
        return await connection.fetch(_NEXT, under_way, limit)  # type: ignore[no-any-return]

    async def _publish(self, rows: Sequence[asyncpg.Record]) -> None:
        await publish(self._client(), [_message(row) for row in rows])
        if self._before_move is not None:
            await self._before_move()

    @staticmethod
    async def _move(connection: asyncpg.Connection, ids: Sequence[int]) -> None:
        """From `outbox` to `outbox_sent`, in one statement."""
        await connection.execute(_MOVE, ids)
        metrics.RELAYED.inc(len(ids))

    async def _observe(self, connection: asyncpg.Connection) -> None:
        row = await connection.fetchrow(_AGE)
        if row is not None:
            metrics.OUTBOX_ROWS.set(row[0])
            metrics.OUTBOX_AGE.set(row[1])


def _message(row: asyncpg.Record) -> Message:
    return Message(
        stream=row["stream"],
        subject=row["subject"],
        message_id=str(row["event_id"]),
        payload=row["payload"],
        headers=orjson.loads(row["headers"]),
        key=row["aggregate_id"],
    )
