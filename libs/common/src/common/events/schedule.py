"""Scheduled jobs: JetStream ticks, each handled once however many replicas run. Missed ticks are skipped, so a job
states what it covers ("everything due until now"), never "the last hour"."""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Generic, TypeVar

import structlog
from common import context
from common.contracts import map as contract_map
from common.db.engine import Database
from common.events import dead_letters, inbox
from common.events.consume import subscribe
from common.telemetry import metrics, traces
from faststream.nats import NatsBroker
from nats.aio.msg import Msg
from opentelemetry.trace import SpanKind

R = TypeVar("R")
log = structlog.get_logger(__name__)


class Schedules(Generic[R]):
    """The scheduled jobs of one service."""

    def __init__(self, service: str) -> None:
        self.service = service
        self._known = {spec.job for spec in contract_map.SCHEDULES if spec.service == service}
        self._handlers: dict[str, Callable[[R], Awaitable[None]]] = {}

    def on(self, job: str) -> Callable[[Callable[[R], Awaitable[None]]], Callable[[R], Awaitable[None]]]:
        """Register what `job` of the map does."""
        if job not in self._known:
            raise TypeError(f"the map has no scheduled job {self.service}/{job}")

        def register(handler: Callable[[R], Awaitable[None]]) -> Callable[[R], Awaitable[None]]:
            self._handlers[job] = handler
            return handler

        return register

    def attach(self, broker: NatsBroker, database: Database, resources: R) -> None:
        """Subscribe to this service's ticks; TypeError when a job of the map has no handler."""
        if missing := self._known - self._handlers.keys():
            raise TypeError(f"{self.service} has no handler for {', '.join(sorted(missing))}")
        if not self._handlers:
            return

        async def on_ticks(messages: list[Msg]) -> None:
            for message in messages:
                await self.process(database, resources, message)

        subscribe(broker, "SCHEDULES", f"{self.service}-ticks", on_ticks, batch=10)

    async def process(self, database: Database, resources: R, message: Msg) -> None:
        """Run the job of one tick, unless that tick was taken before. A failed job waits for its next tick."""
        job = message.subject.rsplit(".", 1)[-1]
        headers = message.headers or {}
        tick = f"{headers.get('Nats-Scheduler', job)}@{headers.get('Nats-Schedule-Next', message.metadata.timestamp)}"
        try:
            async with database.transaction() as session:
                fresh = await inbox.claim(session, f"{self.service}-ticks", [tick])
            if fresh:
                with _occasion(job):
                    await self._handlers[job](resources)
                metrics.JOBS.labels(job, "done").inc()
        except Exception as error:
            metrics.JOBS.labels(job, "failed").inc()
            log.exception("scheduled_job_failed", job=job, error=dead_letters.explain(error))
        await message.ack()


def _occasion(job: str) -> AbstractContextManager[object]:
    """The context of a job nobody asked for: a request id and a trace of its own."""
    return _traced(job) if traces.is_on() else context.use(_new_context(context.new_traceparent()))


@contextmanager
def _traced(job: str) -> Iterator[None]:
    with traces.span(f"schedule {job}", SpanKind.CONSUMER) as traceparent, context.use(_new_context(traceparent)):
        yield


def _new_context(traceparent: str) -> context.Context:
    return context.Context(context.new_request_id(), traceparent)
