"""The relay: moves committed rows of the outbox to JetStream, in order, losing none.

One is active a database, held by an advisory lock on a direct connection. Rows leave the outbox, and enter
`outbox_sent`, in the transaction that commits only once JetStream has acknowledged all of them: killed between the
two, the rows are published again under the same ids, which the stream and every inbox recognise.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import asyncpg
import orjson
import structlog
from asyncpg.transaction import Transaction
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
_CLAIM = f"""
WITH claimed AS (
  DELETE FROM outbox USING (SELECT id AS claimed_id FROM outbox ORDER BY id LIMIT $1 FOR UPDATE SKIP LOCKED) AS next
  WHERE outbox.id = next.claimed_id
  RETURNING {_COLUMNS}
), sent AS (
  INSERT INTO outbox_sent ({_COLUMNS}) SELECT {_COLUMNS} FROM claimed
)
SELECT stream, subject, event_id, aggregate_id, payload, headers FROM claimed ORDER BY id
"""  # noqa: S608 - constants
_AGE = "SELECT count(*), coalesce(extract(epoch FROM now() - min(created_at)), 0)::float8 FROM outbox"

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Claimed:
    """Rows out of the outbox, in a transaction not committed yet."""

    transaction: Transaction
    rows: Sequence[asyncpg.Record]


class Relay:
    """Publishes one database's outbox until cancelled."""

    def __init__(
        self,
        database: Database,
        client: Callable[[], Client],
        *,
        before_commit: Callable[[], Any] | None = None,
    ) -> None:
        """`client` gives the live NATS connection; `before_commit` is awaited between acknowledgement and commit."""
        self._database = database
        self._client = client
        self._before_commit = before_commit
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
            await self._relay(connection)
        finally:
            self.active = False
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
                try:
                    await asyncio.wait_for(self._woken.wait(), _POLL_SECONDS)
                except TimeoutError:
                    continue

    async def drain(self, connection: asyncpg.Connection) -> int:
        """Move a backlog, the next rows being claimed while the last are published; returns how many were moved.

        Published one batch after the other, so the order stays. Raises as `relay_once` does: then close `connection`,
        which may hold rows claimed ahead.
        """
        moved = 0
        spare = other = await self._database.connect_relaxed()
        try:
            claimed = await self._claim(connection, BATCH_LIMIT)
            while claimed.rows:
                ahead = asyncio.create_task(self._claim(other, BATCH_LIMIT))
                try:
                    await self._finish(claimed)
                finally:
                    following = await ahead
                moved += len(claimed.rows)
                connection, other, claimed = other, connection, following
            await claimed.transaction.rollback()
        finally:
            spare.terminate()
        return moved

    async def relay_once(self, connection: asyncpg.Connection, limit: int = BATCH_LIMIT) -> int:
        """Move up to `limit` rows; returns how many were moved. Rolls back, raising, when any is not acknowledged."""
        claimed = await self._claim(connection, limit)
        await self._finish(claimed)
        return len(claimed.rows)

    @staticmethod
    async def _claim(connection: asyncpg.Connection, limit: int) -> _Claimed:
        """Take the next rows in a transaction that stays open."""
        transaction = connection.transaction()
        await transaction.start()
        try:
            return _Claimed(transaction, await connection.fetch(_CLAIM, limit))
        except BaseException:
            connection.terminate()
            raise

    async def _finish(self, claimed: _Claimed) -> None:
        """Publish what was claimed and commit."""
        try:
            if claimed.rows:
                await publish(self._client(), [_message(row) for row in claimed.rows])
                if self._before_commit is not None:
                    await self._before_commit()
        except BaseException:
            await claimed.transaction.rollback()
            raise
        await claimed.transaction.commit()
        metrics.RELAYED.inc(len(claimed.rows))

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
