"""Pulling from a durable without waiting for a batch to fill.

nats-py's `fetch(n)` answers only when n messages are there or its time is over, and a deleted durable turns
FastStream's loop around it into a hot one. `StandingPull` keeps one request open at the broker instead, gives whatever
has arrived as soon as anything has, and notices by the missing heartbeats when the broker forgot the request.
"""

import asyncio
import time
from typing import Any

import nats.errors
import orjson
import structlog
from faststream.nats.subscriber.usecases.stream_pull_subscriber import BatchPullStreamSubscriber
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription
from nats.errors import TimeoutError as NatsTimeoutError

_HEARTBEAT = 1.0
_PATIENCE = 2.5
_EXPIRES = 30.0
_NO_RESPONDERS = "503"

log = structlog.get_logger(__name__)


class StandingPull:
    """What FastStream calls a subscription: `fetch` and `unsubscribe`."""

    def __init__(self, client: Client, stream: str, durable: str) -> None:
        self._client = client
        self._subject = f"$JS.API.CONSUMER.MSG.NEXT.{stream}.{durable}"
        self._inbox = client.new_inbox()
        self._subscription: Subscription | None = None
        self._expected = 0
        self._heard = 0.0

    async def open(self) -> None:
        """Listen on an inbox of its own."""
        self._subscription = await self._client.subscribe(self._inbox, pending_msgs_limit=-1, pending_bytes_limit=-1)

    async def fetch(self, batch: int = 1, timeout: float | None = None) -> list[Msg]:  # noqa: ASYNC109 - nats-py's shape
        """Up to `batch` messages, at least one; nats-py's TimeoutError when there is none for `timeout` seconds."""
        deadline = time.monotonic() + (timeout or _EXPIRES)
        while True:
            await self._keep_request(batch)
            arrived = await self._next(min(_PATIENCE, max(0.01, deadline - time.monotonic())))
            messages = await self._sorted(arrived, batch)
            if messages:
                return messages
            if time.monotonic() >= deadline:
                raise NatsTimeoutError

    async def unsubscribe(self, _limit: int = 0) -> None:
        """Stop listening, and hand back at once what arrived but was not taken."""
        if self._subscription is None:
            return
        subscription, self._subscription = self._subscription, None
        if self._client.is_connected:
            for message in _queued(subscription, -1):
                if not _status(message):
                    await message.nak()
            await subscription.unsubscribe()

    async def _keep_request(self, batch: int) -> None:
        """Have the broker owe us messages, up to a batch; asked anew when it has been silent for too long."""
        silent = time.monotonic() - self._heard > _PATIENCE
        if self._expected > batch // 2 and not silent:
            return
        wanted = batch if silent else batch - self._expected
        request = {"batch": wanted, "expires": int(_EXPIRES * 1e9), "idle_heartbeat": int(_HEARTBEAT * 1e9)}
        await self._client.publish(self._subject, orjson.dumps(request), reply=self._inbox)
        self._expected = batch
        self._heard = time.monotonic()

    async def _next(self, seconds: float) -> list[Msg]:
        """What has arrived, waiting for the first; not by nats-py's `next_msg`, which makes three tasks for each."""
        subscription = self._subscription
        if subscription is None:
            raise NatsTimeoutError
        queue = subscription._pending_queue  # noqa: SLF001
        try:
            async with asyncio.timeout(seconds):
                first = await queue.get()
        except TimeoutError:
            return []
        subscription._pending_size -= len(first.data)  # noqa: SLF001
        return [first, *_queued(subscription, -1)]

    async def _sorted(self, arrived: list[Msg], batch: int) -> list[Msg]:
        messages = []
        for message in arrived:
            self._heard = time.monotonic()
            status = _status(message)
            if not status:
                self._expected -= 1
                messages.append(message)
            elif status == _NO_RESPONDERS:
                self._expected = 0
                await asyncio.sleep(_HEARTBEAT)
            elif status != "100":
                headers = message.headers or {}
                self._expected -= int(headers.get("Nats-Pending-Messages", batch))
        self._expected = max(0, self._expected)
        return messages


def _status(message: Msg) -> str | None:
    return (message.headers or {}).get("Status") if not message.data else None


def _queued(subscription: Subscription, limit: int) -> list[Msg]:
    """What has arrived already; nats-py has no call for it."""
    queue = subscription._pending_queue  # noqa: SLF001
    found: list[Msg] = []
    while not queue.empty() and len(found) != limit:
        message = queue.get_nowait()
        subscription._pending_size -= len(message.data)  # noqa: SLF001
        found.append(message)
    return found


class StandingPullSubscriber(BatchPullStreamSubscriber):
    """FastStream's batch subscriber over a `StandingPull`."""

    __slots__ = ()

    async def _create_subscription(self) -> None:
        if self.subscription:
            return
        client: Client = self._outer_config.connection_state.connection
        pull: Any = StandingPull(client, str(self.stream.name), str(self.extra_options["durable"]))
        await pull.open()
        self.subscription = pull
        self.add_task(self._consume_pull)

    async def _consume_pull(self) -> None:
        pull: Any = self.subscription
        while self.running:
            try:
                messages = await pull.fetch(self.pull_sub.batch_size, timeout=self.pull_sub.timeout)
            except NatsTimeoutError:
                continue
            except nats.errors.Error as error:
                log.warning("pull_failed", durable=self.extra_options["durable"], error=type(error).__name__)
                await asyncio.sleep(_HEARTBEAT)
                continue
            await self.consume(messages)
