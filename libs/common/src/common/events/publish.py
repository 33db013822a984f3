"""Publishing to JetStream with acknowledgement: atomic batches, and one by one where a batch is refused."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import nats.errors
import nats.js.errors
import orjson
from common.telemetry import traces
from nats.aio.client import Client
from opentelemetry.trace import SpanKind

BATCH_LIMIT = 1000
"""JetStream refuses larger atomic batches."""
BATCH_WORTHWHILE = 14
"""Below this many, one by one is quicker."""
_UNDER_WAY = 64
_DUPLICATE_IN_BATCH = 10201


@dataclass(frozen=True, slots=True)
class Message:
    """One message to publish; `message_id` makes publishing it again harmless within the duplicate window."""

    stream: str
    subject: str
    message_id: str
    payload: bytes
    headers: dict[str, str]
    key: object = None
    """The aggregate it is about; messages of one key are never under way at the same time."""


class NotAcknowledged(Exception):
    """The broker did not confirm that it keeps the messages: publish them again later, with the same ids."""


async def publish(client: Client, messages: Sequence[Message], *, timeout: float = 10.0) -> None:  # noqa: ASYNC109
    """Publish in order; returns once every message is stored (or was before). Raises `NotAcknowledged`."""
    began = time.time_ns()
    start = 0
    while start < len(messages):
        stream = messages[start].stream
        end = start
        while end < len(messages) and messages[end].stream == stream and end - start < BATCH_LIMIT:
            end += 1
        await _publish_to_stream(client, messages[start:end], timeout)
        start = end
    if traces.is_on():
        for message in messages:
            _note(message, began)


def _note(message: Message, began: int) -> None:
    """In the trace of the request that recorded the message: that it is on its way."""
    about: traces.Attributes = {
        "messaging.system": "nats",
        "messaging.operation.type": "send",
        "messaging.destination.name": message.stream,
        "messaging.message.id": message.message_id,
    }
    parent = message.headers.get("traceparent")
    traces.note(f"publish {message.stream}", SpanKind.PRODUCER, started=began, parent=parent, attributes=about)


async def _publish_to_stream(client: Client, messages: Sequence[Message], wait: float) -> None:
    if len(messages) >= BATCH_WORTHWHILE and await _publish_batch(client, messages, wait):
        return
    for wave in _waves(messages):
        await asyncio.gather(*(_publish_one(client, message, wait) for message in wave))


def _waves(messages: Sequence[Message]) -> list[list[Message]]:
    """Runs of messages that may be under way together: two about one aggregate never are, so they stay in order."""
    waves: list[list[Message]] = [[]]
    keys: set[object] = set()
    for message in messages:
        if message.key in keys or len(waves[-1]) >= _UNDER_WAY:
            waves.append([])
            keys.clear()
        keys.add(message.key)
        waves[-1].append(message)
    return waves


async def _publish_batch(client: Client, messages: Sequence[Message], wait: float) -> bool:
    """True when the whole batch is stored; False when it was refused whole and must go one by one."""
    batch = uuid4().hex
    last = len(messages)
    try:
        for sequence, message in enumerate(messages[:-1], start=1):
            headers = _headers(message, {"Nats-Batch-Id": batch, "Nats-Batch-Sequence": str(sequence)})
            await client.publish(message.subject, message.payload, headers=headers)
        commit = {"Nats-Batch-Id": batch, "Nats-Batch-Sequence": str(last), "Nats-Batch-Commit": "1"}
        answer = await _request(client, messages[-1], commit, wait)
    except nats.errors.TimeoutError:
        return False
    error = answer.get("error")
    if error:
        if error.get("err_code") == _DUPLICATE_IN_BATCH or 400 <= error.get("code", 0) < 500:
            return False
        raise NotAcknowledged(f"batch of {last} to {messages[0].stream}: {error.get('description')}")
    return bool(answer.get("count") == last)


async def _publish_one(client: Client, message: Message, wait: float) -> None:
    try:
        answer = await _request(client, message, {}, wait)
    except nats.errors.TimeoutError as error:
        raise NotAcknowledged(f"{message.subject}: no acknowledgement within {wait} s") from error
    if "error" in answer:
        raise NotAcknowledged(f"{message.subject}: {answer['error'].get('description')}")


async def _request(client: Client, message: Message, extra: dict[str, str], wait: float) -> dict[str, Any]:
    try:
        reply = await client.request(message.subject, message.payload, timeout=wait, headers=_headers(message, extra))
    except (
        nats.errors.NoRespondersError,
        nats.errors.ConnectionClosedError,
        nats.errors.OutboundBufferLimitError,
    ) as e:
        raise NotAcknowledged(f"{message.subject}: {e or type(e).__name__}") from e
    answer: dict[str, Any] = orjson.loads(reply.data)
    return answer


def _headers(message: Message, extra: dict[str, str]) -> dict[str, str]:
    return {
        **message.headers,
        "Nats-Msg-Id": message.message_id,
        "Nats-Expected-Stream": message.stream,
        "Content-Type": "application/cloudevents+json",
        **extra,
    }
