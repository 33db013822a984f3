"""What a person does about messages: look at dead letters, replay or discard them, publish again what a broker lost."""

import re
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
import orjson
from common.events.publish import BATCH_LIMIT, Message, publish
from nats.aio.client import Client

_COLUMNS = "id, consumer, event_id, stream, stream_sequence, subject, reason, error, deliveries, created_at"
_WAITING = "resolved_at IS NULL"
_TRACE_HEADER = "traceparent"
_STREAM = re.compile(r"[A-Z_]+")


class NoSuchDeadLetter(Exception):
    """There is none of that id that still waits for a person."""


async def waiting(connection: asyncpg.Connection, *, limit: int = 200) -> list[dict[str, Any]]:
    """Dead letters nobody has dealt with, oldest first, without their payloads."""
    rows = await connection.fetch(
        f"SELECT {_COLUMNS} FROM dead_letters WHERE {_WAITING} ORDER BY created_at, id LIMIT $1",  # noqa: S608 - constants
        limit,
    )
    return [dict(row) for row in rows]


async def show(connection: asyncpg.Connection, letter_id: UUID) -> dict[str, Any]:
    """One dead letter with its payload and how it was resolved; `NoSuchDeadLetter`."""
    row = await connection.fetchrow(
        f"SELECT {_COLUMNS}, headers, payload, resolved_at, resolution FROM dead_letters WHERE id = $1",  # noqa: S608
        letter_id,
    )
    if row is None:
        raise NoSuchDeadLetter(str(letter_id))
    return {**row, "headers": orjson.loads(row["headers"]), "payload": row["payload"].decode(errors="replace")}


async def replay(connection: asyncpg.Connection, client: Client, letter_id: UUID) -> None:
    """Publish a dead letter's message again, for the consumer that failed: all others have it in their inbox.

    It goes out under an id of its own, since its first one may still be within the stream's duplicate window.
    """
    async with connection.transaction():
        row = await _locked(connection, letter_id)
        headers = {key: value for key, value in orjson.loads(row["headers"]).items() if key == _TRACE_HEADER}
        message = Message(row["stream"], row["subject"], f"replay-{letter_id}", row["payload"], headers)
        await publish(client, [message])
        await _resolve(connection, letter_id, "replayed")


async def discard(connection: asyncpg.Connection, letter_id: UUID, reason: str) -> None:
    """Decide that nothing is to be done; the letter is kept with the reason."""
    async with connection.transaction():
        await _locked(connection, letter_id)
        await _resolve(connection, letter_id, f"discarded: {reason}")


async def _locked(connection: asyncpg.Connection, letter_id: UUID) -> asyncpg.Record:
    row = await connection.fetchrow(
        f"SELECT stream, subject, headers, payload FROM dead_letters WHERE id = $1 AND {_WAITING} FOR UPDATE",  # noqa: S608
        letter_id,
    )
    if row is None:
        raise NoSuchDeadLetter(str(letter_id))
    return row


async def _resolve(connection: asyncpg.Connection, letter_id: UUID, resolution: str) -> None:
    await connection.execute(
        "UPDATE dead_letters SET resolved_at = now(), resolution = $2 WHERE id = $1", letter_id, resolution
    )


async def republish(
    connection: asyncpg.Connection, client: Client, since: datetime, *, stream: str | None = None
) -> AsyncIterator[int]:
    """Publish again what was sent since a moment, in the order it was sent; gives how many so far, batch by batch.

    Under their first ids: a stream that still has them ignores them, an inbox that does, too. Jobs are among them: one
    that waited is done now, and one that was done changes nothing, since its handler looks at the state before it acts.
    `stream` picks one.
    """
    if stream is not None and not _STREAM.fullmatch(stream):
        raise ValueError(f"{stream!r} is not the name of a stream")
    done, after = 0, (since, 0)
    while True:
        rows = await connection.fetch(
            "SELECT id, sent_at, stream, subject, event_id, aggregate_id, payload, headers FROM outbox_sent "
            "WHERE (sent_at, id) > ($1, $2) AND ($3::text IS NULL OR stream = $3) "
            "ORDER BY sent_at, id LIMIT $4",
            *after,
            stream,
            BATCH_LIMIT,
        )
        if not rows:
            return
        await publish(
            client,
            [
                Message(
                    row["stream"],
                    row["subject"],
                    str(row["event_id"]),
                    row["payload"],
                    orjson.loads(row["headers"]),
                    key=row["aggregate_id"],
                )
                for row in rows
            ],
        )
        done, after = done + len(rows), (rows[-1]["sent_at"], rows[-1]["id"])
        yield done
