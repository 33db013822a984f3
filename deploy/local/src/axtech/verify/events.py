"""What must hold of events: committed means published, published means handled, by everybody the map names."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

import asyncpg
import nats.errors
import nats.js.errors
from common.contracts.map import CONSUMERS, SERVICES, ConsumerSpec
from common.events.topology import durables
from nats.aio.client import Client
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy

from axtech.verify.findings import Finding, Window
from axtech.verify.sources import Databases

_BATCH = 1000
_SKEW = timedelta(minutes=5)
"""By how much the clocks of a service and of the broker may differ."""
_KEPT = timedelta(days=6)
"""`outbox_sent` keeps seven days: what is younger than this must be there."""

_WAITING = (
    "SELECT event_id::text AS key, stream || ' ' || subject AS what FROM outbox WHERE created_at < $1 ORDER BY id"
)
_KNOWN = """
SELECT event_id, stream, subject, created_at, true AS sent FROM outbox_sent WHERE stream = $1 AND sent_at >= $2
UNION ALL SELECT event_id, stream, subject, created_at, false FROM outbox WHERE stream = $1
"""
_HANDLED = """
SELECT event_id FROM inbox WHERE consumer = $1 AND event_id = ANY($2)
UNION SELECT event_id FROM dead_letters WHERE consumer = $1 AND event_id = ANY($2)
"""
_DEAD = """
SELECT id::text AS key, consumer || ': ' || reason || ' ' || subject AS what FROM dead_letters WHERE resolved_at IS NULL
"""


@dataclass(frozen=True, slots=True)
class _Kept:
    """One event as a stream has it."""

    event_id: UUID
    subject: str


async def missing_durables(client: Client) -> AsyncIterator[Finding]:
    """Streams and durables of the map that the broker has not."""
    jetstream = client.jetstream(timeout=10)
    for stream, config in durables():
        name = str(config.durable_name)
        service = name.split("-", maxsplit=1)[0]
        try:
            await jetstream.consumer_info(stream, name)
        except nats.js.errors.NotFoundError:
            yield Finding("durable-missing", service, f"{stream}/{name}", "the broker has no such durable")


async def dead_letters(databases: Databases) -> AsyncIterator[Finding]:
    """What waits for a person, of whatever age."""
    for service, connection in databases.items():
        for row in await connection.fetch(_DEAD):
            yield Finding("dead-letter", service, row["key"], row["what"])


async def not_relayed(databases: Databases, window: Window) -> AsyncIterator[Finding]:
    """What was committed and is in the outbox still."""
    for service, connection in databases.items():
        for row in await connection.fetch(_WAITING, window.before):
            yield Finding("event-not-relayed", service, row["key"], f"{row['what']} waits in the outbox")


async def streams(databases: Databases, client: Client, window: Window) -> AsyncIterator[Finding]:
    """Each service's events, from its outbox through its stream to every inbox."""
    for service in SERVICES:
        known = await _known(databases[service], service.upper(), window)
        kept: set[UUID] = set()
        async for batch in _stream(client, service.upper(), window):
            kept.update(event.event_id for event in batch)
            for finding in _unknown(service, batch, known, window):
                yield finding
            async for finding in _not_handled(databases, batch, window):
                yield finding
        for event_id, (subject, created_at, sent) in known.items():
            if sent and event_id not in kept and window.since <= created_at < window.before:
                yield Finding("event-not-in-stream", service, str(event_id), f"{subject} was sent and is not there")


async def _known(connection: asyncpg.Connection, stream: str, window: Window) -> dict[UUID, tuple[str, datetime, bool]]:
    """By id what a service recorded: its subject, when, and whether it was sent."""
    earliest = min(window.since, window.before - _KEPT)
    rows = await connection.fetch(_KNOWN, stream, earliest)
    return {UUID(bytes=row["event_id"].bytes): (row["subject"], row["created_at"], row["sent"]) for row in rows}


def _unknown(
    service: str, batch: list[_Kept], known: dict[UUID, tuple[str, datetime, bool]], window: Window
) -> Iterator[Finding]:
    since = max(window.since, window.before - _KEPT)
    for event in batch:
        if event.event_id not in known and since <= _made_at(event.event_id) < window.before:
            says = f"{event.subject} was published, and {service} does not know of it: was its database restored?"
            yield Finding("event-unknown-to-its-service", service, str(event.event_id), says)


async def _not_handled(databases: Databases, batch: list[_Kept], window: Window) -> AsyncIterator[Finding]:
    for spec, events in _by_consumer(batch, window):
        rows = await databases[spec.service].fetch(_HANDLED, spec.durable, [str(event.event_id) for event in events])
        handled = {row["event_id"] for row in rows}
        for event in events:
            if str(event.event_id) not in handled:
                says = f"{event.subject} is in its stream and not in the inbox of {spec.durable}"
                yield Finding("event-not-handled", spec.service, str(event.event_id), says)


def _by_consumer(batch: list[_Kept], window: Window) -> Iterator[tuple[ConsumerSpec, list[_Kept]]]:
    for spec in CONSUMERS:
        subjects = {event.subject() for event in spec.events}
        wanted = [
            event
            for event in batch
            if event.subject in subjects and window.since <= _made_at(event.event_id) < window.before
        ]
        if wanted:
            yield spec, wanted


async def _stream(client: Client, stream: str, window: Window) -> AsyncIterator[list[_Kept]]:
    """What a stream keeps since the window began, without payloads, by a consumer that is gone afterwards."""
    jetstream = client.jetstream(timeout=30)
    config = ConsumerConfig(
        deliver_policy=DeliverPolicy.BY_START_TIME,
        opt_start_time=window.since - _SKEW,
        ack_policy=AckPolicy.NONE,
        headers_only=True,
        mem_storage=True,
        inactive_threshold=30,
    )
    try:
        await jetstream.stream_info(stream)
    except nats.js.errors.NotFoundError:
        return  # every durable of it is told as missing
    subscription = await jetstream.pull_subscribe("", stream=stream, config=config)
    try:
        while (await subscription.consumer_info()).num_pending:
            messages = await subscription.fetch(_BATCH, timeout=5)
            found = ((message.header or {}).get("Nats-Msg-Id", "") for message in messages)
            ids = [(_uuid(one), message.subject) for one, message in zip(found, messages, strict=True)]
            yield [_Kept(event_id, subject) for event_id, subject in ids if event_id is not None]
    finally:
        await subscription.unsubscribe()


def _uuid(message_id: str) -> UUID | None:
    """A replayed dead letter has an id of its own, and is in its stream under its first one too."""
    try:
        return UUID(message_id)
    except ValueError:
        return None


def _made_at(event_id: UUID) -> datetime:
    """When an id was made: its first 48 bits are milliseconds (UUIDv7)."""
    return datetime.fromtimestamp((event_id.int >> 80) / 1000, UTC)
