"""Consuming: exactly-once effects on top of at-least-once delivery.

`EventConsumer` runs the handlers of a whole batch in one transaction together with the inbox rows, and falls back to
one message a transaction when anything in the batch fails. `JobWorker` runs jobs, which call the outside world and so
manage their own transactions. Both decide every acknowledgement themselves: a transient failure is delivered again
after a delay, a permanent or exhausted one is kept in `dead_letters`, a database that is away is waited for.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import orjson
import structlog
from common import context
from common.contracts import map as contract_map
from common.contracts.map import ConsumerSpec, QueueSpec
from common.db.engine import Database
from common.events import dead_letters, inbox
from common.events.contract import Contract, Event, Job
from common.events.envelope import Envelope, Received
from common.events.failures import is_database_away
from common.events.pull import StandingPullSubscriber
from common.events.retry import PermanentError, RetryPolicy
from common.telemetry import metrics, traces
from faststream import AckPolicy
from faststream.nats import JStream, NatsBroker, PullSub
from nats.aio.msg import Msg
from opentelemetry.trace import SpanKind
from pydantic import ValidationError
from sqlalchemy.ext.asyncio import AsyncSession

E = TypeVar("E", bound=Event)
J = TypeVar("J", bound=Job)
R = TypeVar("R")
Handler = Callable[[AsyncSession, Received[Any]], Awaitable[None]]
JobHandler = Callable[[Any, Received[Any]], Awaitable[None]]
ExhaustedHandler = Callable[[Any, Received[Any], BaseException], Awaitable[None]]

_FETCH_SECONDS = 5.0

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class _Delivery:
    """A message parsed, ready for its handler."""

    raw: Msg
    received: Received[Any]

    @property
    def event_id(self) -> str:
        return str(self.received.envelope.id)


def _parse(message: Msg, expected: dict[str, type[Contract]]) -> Received[Any]:
    """Read a message; `ValidationError` or `PermanentError` when it is not one of the expected contracts."""
    try:
        document = orjson.loads(message.data)
    except orjson.JSONDecodeError as error:
        raise PermanentError(f"not JSON: {error}") from error
    envelope = Envelope.model_validate(document)
    contract = expected.get(envelope.type)
    if contract is None:
        raise PermanentError(f"no handler reads {envelope.type}")
    return Received(contract.model_validate(envelope.data), envelope, message.metadata.num_delivered)


def cause_of(envelope: Envelope, traceparent: str | None = None) -> context.Context:
    """The context a handler works under: whatever it records is caused by this event."""
    return context.Context(
        request_id=envelope.requestid,
        traceparent=traceparent or context.child_traceparent(envelope.traceparent),
        correlation_id=envelope.correlationid,
        causation_id=envelope.id,
        actor_id=envelope.actorid,
        actor_role=envelope.actorrole,
    )


def handling(consumer: str, envelope: Envelope) -> AbstractContextManager[object]:
    """Around what is done about a message: its context, and its span where traces are made."""
    return _traced(consumer, envelope) if traces.is_on() else context.use(cause_of(envelope))


@contextmanager
def _traced(consumer: str, envelope: Envelope) -> Iterator[None]:
    about: traces.Attributes = {
        "messaging.system": "nats",
        "messaging.operation.type": "process",
        "messaging.consumer.group.name": consumer,
        "messaging.message.id": str(envelope.id),
        "axtech.request_id": envelope.requestid,
    }
    name = f"{consumer} {envelope.name}"
    with (
        traces.span(name, SpanKind.CONSUMER, parent=envelope.traceparent, attributes=about) as traceparent,
        context.use(cause_of(envelope, traceparent)),
    ):
        yield


class EventConsumer:
    """The handlers of one durable of the map."""

    def __init__(self, service: str, purpose: str) -> None:
        self.spec: ConsumerSpec = contract_map.consumer(service, purpose)
        self._handlers: dict[str, Handler] = {}
        self._contracts: dict[str, type[Contract]] = {event.type_name(): event for event in self.spec.events}

    def on(
        self, *events: type[E]
    ) -> Callable[
        [Callable[[AsyncSession, Received[E]], Awaitable[None]]], Callable[[AsyncSession, Received[E]], Awaitable[None]]
    ]:
        """Register a handler for `events`; it runs in the transaction of the inbox and never commits."""

        def register(
            handler: Callable[[AsyncSession, Received[E]], Awaitable[None]],
        ) -> Callable[[AsyncSession, Received[E]], Awaitable[None]]:
            for event in events:
                if event.type_name() not in self._contracts:
                    raise TypeError(f"the map does not give {event.type_name()} to {self.spec.durable}")
                self._handlers[event.type_name()] = handler
            return handler

        return register

    def attach(self, broker: NatsBroker, database: Database) -> None:
        """Subscribe to every stream of the map's entry; TypeError when an event of it has no handler."""
        missing = self._contracts.keys() - self._handlers.keys()
        if missing:
            raise TypeError(f"{self.spec.durable} has no handler for {', '.join(sorted(missing))}")
        for stream in self.spec.streams():

            async def on_batch(messages: list[Msg]) -> None:
                await self.process(database, messages)

            subscribe(broker, stream, self.spec.durable, on_batch, batch=self.spec.batch)

    async def process(self, database: Database, messages: Sequence[Msg]) -> None:
        """Handle a batch and acknowledge each message of it one way or the other."""
        deliveries = [d for d in [await self._read(database, message) for message in messages] if d is not None]
        if not deliveries:
            return
        try:
            await self._handle(database, deliveries)
        except Exception as error:  # noqa: BLE001 - classified one by one below
            if len(deliveries) == 1:
                await self._settle(database, deliveries[0], error)
                return
            log.info("batch_split", consumer=self.spec.durable, size=len(deliveries), error=dead_letters.explain(error))
            for delivery in deliveries:
                await self._process_one(database, delivery)
        else:
            await self._acknowledge(deliveries)

    async def _read(self, database: Database, message: Msg) -> _Delivery | None:
        try:
            return _Delivery(message, _parse(message, self._contracts))
        except (ValidationError, PermanentError) as error:
            await _bury(database, self.spec.durable, message, "invalid", error)
            return None

    async def _handle(self, database: Database, deliveries: Sequence[_Delivery]) -> None:
        # A message alone is answerable for the whole transaction; in a batch, each only for its handler.
        alone = len(deliveries) == 1
        with self._around(deliveries[0] if alone else None):
            await self._transact(database, deliveries, alone=alone)

    def _around(self, delivery: _Delivery | None) -> AbstractContextManager[object]:
        return nullcontext() if delivery is None else handling(self.spec.durable, delivery.received.envelope)

    async def _transact(self, database: Database, deliveries: Sequence[_Delivery], *, alone: bool) -> None:
        async with database.transaction() as session:
            fresh = await inbox.claim(session, self.spec.durable, [d.event_id for d in deliveries])
            for delivery in deliveries:
                if delivery.event_id not in fresh:
                    continue
                fresh.discard(delivery.event_id)
                envelope = delivery.received.envelope
                if self.spec.latest_only and not await inbox.advance(
                    session, self.spec.durable, envelope.subject, envelope.aggregateversion
                ):
                    continue
                with self._around(None if alone else delivery):
                    await self._handlers[envelope.type](session, delivery.received)

    async def _process_one(self, database: Database, delivery: _Delivery) -> None:
        try:
            await self._handle(database, [delivery])
        except Exception as error:  # noqa: BLE001 - classified in _settle
            await self._settle(database, delivery, error)
        else:
            await self._acknowledge([delivery])

    async def _settle(self, database: Database, delivery: _Delivery, error: Exception) -> None:
        if is_database_away(error):
            await _wait_for_database(database, delivery.raw, self.spec.ack_wait)
            await self._process_one(database, delivery)
            return
        await _settle(database, self.spec.durable, self.spec.retry, delivery.raw, error)
        metrics.EVENTS.labels(self.spec.durable, "failed").inc()

    async def _acknowledge(self, deliveries: Sequence[_Delivery]) -> None:
        for delivery in deliveries:
            await delivery.raw.ack()
        metrics.EVENTS.labels(self.spec.durable, "done").inc(len(deliveries))


class JobWorker(Generic[R]):
    """The handlers of one work queue. A handler must be safe to run twice: it looks at the state before it acts.

    Also long after it was done: when the broker has lost its disk, the jobs of some hours are published again.
    """

    def __init__(self, queue: str) -> None:
        self.spec: QueueSpec = contract_map.queue(queue)
        self._handlers: dict[str, JobHandler] = {}
        self._exhausted: dict[str, ExhaustedHandler] = {}
        self._contracts: dict[str, type[Contract]] = {}

    def on(
        self, job: type[J]
    ) -> Callable[[Callable[[R, Received[J]], Awaitable[None]]], Callable[[R, Received[J]], Awaitable[None]]]:
        """Register the handler of `job`; it gets the service's resources, outside any transaction."""

        def register(
            handler: Callable[[R, Received[J]], Awaitable[None]],
        ) -> Callable[[R, Received[J]], Awaitable[None]]:
            self._contracts[job.type_name()] = job
            self._handlers[job.type_name()] = handler
            return handler

        return register

    def on_exhausted(
        self, job: type[J]
    ) -> Callable[
        [Callable[[R, Received[J], BaseException], Awaitable[None]]],
        Callable[[R, Received[J], BaseException], Awaitable[None]],
    ]:
        """Register what is done when `job` failed for the last time, before it goes to `dead_letters`."""

        def register(
            handler: Callable[[R, Received[J], BaseException], Awaitable[None]],
        ) -> Callable[[R, Received[J], BaseException], Awaitable[None]]:
            self._exhausted[job.type_name()] = handler
            return handler

        return register

    def attach(self, broker: NatsBroker, database: Database, resources: R) -> None:
        """Subscribe as many times as jobs may run at once; the durable caps them over all replicas."""

        async def on_job(messages: list[Msg]) -> None:
            for message in messages:
                await self.process(database, resources, message)

        for _ in range(self.spec.concurrency):
            subscribe(broker, "JOBS", self.spec.durable, on_job, batch=1)

    async def process(self, database: Database, resources: R, message: Msg) -> None:
        """Run one job and acknowledge it one way or the other."""
        try:
            received = _parse(message, self._contracts)
        except (ValidationError, PermanentError) as error:
            await _bury(database, self.spec.durable, message, "invalid", error)
            metrics.JOBS.labels(self.spec.name, "dead").inc()
            return
        heartbeat = asyncio.create_task(_keep_alive(message, self.spec.ack_wait / 3))
        try:
            with handling(self.spec.durable, received.envelope):
                await self._run(database, resources, message, received)
        finally:
            heartbeat.cancel()

    async def _run(self, database: Database, resources: R, message: Msg, received: Received[Any]) -> None:
        try:
            await self._handlers[received.envelope.type](resources, received)
        except Exception as error:  # noqa: BLE001 - classified here
            traces.fail(error)
            if is_database_away(error):
                await _wait_for_database(database, message, self.spec.ack_wait)
                await message.nak(delay=self.spec.retry.first_delay)
                return
            last = isinstance(error, PermanentError) or self.spec.retry.exhausted(received.deliveries)
            exhausted = self._exhausted.get(received.envelope.type)
            if last and exhausted is not None:
                await exhausted(resources, received, error)
            await _settle(database, self.spec.durable, self.spec.retry, message, error)
            metrics.JOBS.labels(self.spec.name, "dead" if last else "retried").inc()
        else:
            await message.ack()
            metrics.JOBS.labels(self.spec.name, "done").inc()


def subscribe(
    broker: NatsBroker, stream: str, durable: str, handler: Callable[[list[Msg]], Awaitable[None]], *, batch: int
) -> None:
    """Read an existing durable in batches; `handler` gets the raw messages and acknowledges them itself."""

    async def raw(message: Any) -> Any:
        return message

    async def consume(message: Any) -> None:
        await handler(message.raw_message)

    subscriber = broker.subscriber(
        f"axtech.{stream.lower()}.{durable}",
        durable=durable,
        stream=JStream(stream, declare=False),
        pull_sub=PullSub(batch_size=batch, timeout=_FETCH_SECONDS, batch=True),
        ack_policy=AckPolicy.MANUAL,
        decoder=raw,
    )
    subscriber.__class__ = StandingPullSubscriber
    subscriber(consume)


async def _settle(database: Database, durable: str, retry: RetryPolicy, message: Msg, error: Exception) -> None:
    deliveries = message.metadata.num_delivered
    if isinstance(error, PermanentError | ValidationError):
        await _bury(database, durable, message, "permanent", error)
    elif retry.exhausted(deliveries):
        await _bury(database, durable, message, "exhausted", error)
    else:
        delay = retry.delay(deliveries)
        log.warning("handler_failed", consumer=durable, deliveries=deliveries, error=dead_letters.explain(error))
        await message.nak(delay=delay)


async def _bury(database: Database, durable: str, message: Msg, reason: str, error: BaseException) -> None:
    """Keep it in `dead_letters`, then tell the broker; killed in between, it comes again and is recognised."""
    while True:
        try:
            await dead_letters.bury(database, durable, message, reason, error)
        except Exception as failure:
            if not is_database_away(failure):
                raise
            await _wait_for_database(database, message, 30.0)
        else:
            await message.term()
            return


async def _wait_for_database(database: Database, message: Msg, ack_wait: float) -> None:
    """Return once the database answers; meanwhile keep the message ours, which costs it no delivery."""
    heartbeat = asyncio.create_task(_keep_alive(message, ack_wait / 3))
    pause = 0.2
    try:
        while True:
            try:
                connection = await database.connect()
            except Exception as error:
                if not is_database_away(error):
                    raise
                log.warning("database_away", error=dead_letters.explain(error))
                await asyncio.sleep(pause)
                pause = min(5.0, pause * 2)
            else:
                await connection.close()
                return
    finally:
        heartbeat.cancel()


async def _keep_alive(message: Msg, every: float) -> None:
    while True:
        await asyncio.sleep(every)
        await message.in_progress()
