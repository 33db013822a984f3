"""Messages that no retry will help: kept whole, with the reason, until a person replays or discards them."""

import json
from typing import Any

import orjson
import structlog
from common.db.engine import Database
from common.ids import new_id
from common.telemetry import metrics
from common.telemetry.logs import mask
from nats.aio.client import Client
from nats.aio.msg import Msg
from pydantic import ValidationError
from sqlalchemy import text

_INSERT = text(
    "INSERT INTO dead_letters (id, consumer, event_id, stream, stream_sequence, subject, reason, error, deliveries, "
    "headers, payload) VALUES (:id, :consumer, :event_id, :stream, :stream_sequence, :subject, :reason, :error, "
    ":deliveries, CAST(:headers AS jsonb), :payload) ON CONFLICT DO NOTHING RETURNING id"
)

log = structlog.get_logger(__name__)


def explain(error: BaseException) -> str:
    """What went wrong, without the values it went wrong on."""
    if isinstance(error, ValidationError):
        problems = error.errors(include_input=False, include_context=False, include_url=False)
        return "; ".join(f"{'.'.join(map(str, p['loc']))}: {p['msg']}" for p in problems)[:2000]
    return mask(f"{type(error).__name__}: {error}")[:2000]


async def bury(database: Database, consumer: str, message: Msg, reason: str, error: BaseException) -> None:
    """Store a message in `dead_letters`, once for each consumer and place in the stream.

    Its id counts too: a broker that lost its disk gives the places anew.
    """
    metadata = message.metadata
    await _insert(
        database,
        {
            "consumer": consumer,
            "event_id": (message.headers or {}).get("Nats-Msg-Id", ""),
            "stream": metadata.stream,
            "stream_sequence": metadata.sequence.stream,
            "subject": message.subject,
            "reason": reason,
            "error": explain(error),
            "deliveries": metadata.num_delivered,
            "headers": orjson.dumps(message.headers or {}).decode(),
            "payload": message.data,
        },
    )


async def bury_advised(database: Database, client: Client, advisory: bytes) -> None:
    """Fetch the message a JetStream advisory speaks of, by its sequence, and store it.

    Raises `ValueError` for an advisory that is none, and what nats-py raises when the broker does not answer.
    """
    notice: dict[str, Any] = json.loads(advisory)
    stream, sequence = str(notice["stream"]), int(notice["stream_seq"])
    stored = await client.jetstream().get_msg(stream, sequence)
    await _insert(
        database,
        {
            "consumer": notice["consumer"],
            "event_id": (stored.headers or {}).get("Nats-Msg-Id", ""),
            "stream": stream,
            "stream_sequence": sequence,
            "subject": stored.subject,
            "reason": str(notice["type"]).rsplit(".", 1)[-1],
            "error": str(notice.get("reason", "the broker gave up delivering it")),
            "deliveries": notice.get("deliveries", 0),
            "headers": orjson.dumps(stored.headers or {}).decode(),
            "payload": stored.data or b"",
        },
    )


async def _insert(database: Database, row: dict[str, Any]) -> None:
    async with database.transaction() as session:
        made = (await session.execute(_INSERT, {"id": new_id(), **row})).first()
    if made is not None:
        metrics.DEAD_LETTERS.labels(row["consumer"], row["reason"]).inc()
        log.error(
            "message_dead",
            consumer=row["consumer"],
            stream=row["stream"],
            sequence=row["stream_sequence"],
            subject=row["subject"],
            reason=row["reason"],
            error=row["error"],
        )
