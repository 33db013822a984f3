"""Notifications: from the queue to a provider that takes everything at once."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from uuid import UUID

import asyncpg
import httpx
import nats
from common.contracts.devices import TicketResolvedV1
from common.events.contract import Event
from common.events.publish import Message, publish
from common.ids import new_id
from common.servers import run
from common.testing.running import envelope_of
from nats.aio.client import Client
from notifications.catalogue.domain import TemplateId
from notifications.catalogue.rendering import Renderer

from bench.report import Figure, percentile
from bench.stage import Stage, place, python

_EVENTS = 2_000
_AT_ONCE = 10
"""As many as the queue hands over at once."""
_RATE = 20
_SECONDS = 15
_WARM_UP = 2 * _RATE
_SHARE = 0.05
_TARGET = "≥ 0.05 of the bare POSTs"
"""Each mail is four transactions, two questions to identity and two jobs besides its POST."""
_FLOOD = 10_000
_ONE_OF = 20
"""Of so many events one is about the same person."""
_DIGEST_SECONDS = 30.0


@dataclass(frozen=True)
class _Worker:
    """A running worker of notifications, with doubles of identity and the provider."""

    where: Stage
    doubles: httpx.AsyncClient
    broker: Client

    async def count(self) -> int:
        """How many mails the provider has taken."""
        return int((await self.doubles.get("/count")).json())

    async def until(self, mails: int, seconds: float) -> None:
        """Wait for so many mails."""
        deadline = time.monotonic() + seconds
        while (found := await self.count()) < mails:
            if time.monotonic() > deadline:
                raise TimeoutError(f"{found} of {mails} mails")
            await asyncio.sleep(0.05)

    async def taken(self) -> list[tuple[UUID, str, float]]:
        """Every mail: the notification, to whom, and when."""
        return [(UUID(key), to, at) for key, to, at in (await self.doubles.get("/taken")).json()]


@asynccontextmanager
async def _worker(**settings: str) -> AsyncIterator[_Worker]:
    async with place("notifications") as at:
        doubles = python("doubles", at.folder, "bench.doubles")
        worker = at.server("worker", IDENTITY_URL=doubles.url, BREVO_URL=doubles.url, **settings)
        async with run([doubles, worker]), httpx.AsyncClient(base_url=doubles.url) as client:
            broker = await nats.connect(at.where.nats_url)
            try:
                yield _Worker(at.where, client, broker)
            finally:
                await broker.close()


def _resolved(patient_id: UUID) -> Event:
    return TicketResolvedV1(
        ticket_id=new_id(),
        ticket_number="TK-2026-000123",
        device_id=new_id(),
        patient_id=patient_id,
        case_id=new_id(),
    )


async def _publish(broker: Client, patients: Sequence[UUID]) -> list[UUID]:
    """One event for each of the patients, all at once; gives the events' ids."""
    messages, ids = [], []
    for patient_id in patients:
        event, event_id = _resolved(patient_id), new_id()
        payload = envelope_of(event, new_id(), 1, event_id)
        messages.append(Message(event.stream(), event.subject(), str(event_id), payload, {}))
        ids.append(event_id)
    await publish(broker, messages)
    return ids


async def notifications() -> list[Figure]:
    """Mails a second from events to a provider, beside bare POSTs; and how long one takes when all is calm."""
    async with _worker() as worker:
        bare_rate, bare_time = await _bare(worker)
        before = await worker.count() + _WARM_UP
        await _publish(worker.broker, [new_id() for _ in range(_WARM_UP)])
        await worker.until(before, 60)
        started = time.time()
        await _publish(worker.broker, [new_id() for _ in range(_EVENTS)])
        await worker.until(before + _EVENTS, 120)
        rate = _EVENTS / ((await worker.taken())[-1][2] - started)
        latencies = await _latencies(worker)
    p99 = percentile(latencies, 0.99)
    return [
        Figure(
            "notifications from events to the provider",
            rate,
            "mails/s",
            bare_rate,
            "bare httpx POSTs, ten at once",
            _TARGET,
            met=rate >= _SHARE * bare_rate,
        ),
        Figure(
            f"event → handed over at {_RATE}/s, p99",
            1000 * p99,
            "ms",
            1000 * bare_time,
            "one bare httpx POST",
            "≤ 250 ms",
            met=p99 <= 0.25,
        ),
    ]


async def _bare(worker: _Worker) -> tuple[float, float]:
    """The same mail posted by nothing but httpx: mails a second, ten at once, and the median time of one (s)."""
    template = TemplateId.TICKET_RESOLVED
    message = Renderer(app_url="https://app.example", hotline="+33199000015").preview(template, "fr")
    times: list[float] = []

    async def post(_: int) -> None:
        key, began = str(new_id()), time.perf_counter()
        answer = await worker.doubles.post(
            "/v3/smtp/email",
            json={
                "to": [{"email": f"{key}@example.fr"}],
                "subject": message.subject,
                "htmlContent": message.html,
                "textContent": message.text,
                "headers": {"idempotencyKey": key},
            },
        )
        answer.raise_for_status()
        times.append(time.perf_counter() - began)

    async def lane(count: int) -> None:
        for number in range(count):
            await post(number)

    began = time.perf_counter()
    await asyncio.gather(*(lane(_EVENTS // 10 // _AT_ONCE) for _ in range(_AT_ONCE)))
    rate = len(times) / (time.perf_counter() - began)
    times.clear()
    await lane(50)
    return rate, percentile(times, 0.5)


async def _latencies(worker: _Worker) -> list[float]:
    """Seconds from publishing an event to the provider's having the mail, at a calm pace."""
    published: dict[UUID, float] = {}
    before, pace = await worker.count(), 1 / _RATE
    began = time.monotonic()
    for number in range(_RATE * _SECONDS):
        await asyncio.sleep(max(0.0, began + number * pace - time.monotonic()))
        at = time.time()
        [event_id] = await _publish(worker.broker, [new_id()])
        published[event_id] = at
    await worker.until(before + len(published), 60)
    arrived = {notification_id: at for notification_id, _, at in await worker.taken()}
    connection = await asyncpg.connect(worker.where.admin_url)
    rows = await connection.fetch("SELECT id, event_id FROM notifications WHERE event_id = ANY($1)", list(published))
    await connection.close()
    return [arrived[row["id"]] - published[row["event_id"]] for row in rows]


async def flood() -> list[Figure]:
    """Ten thousand events at once, some of them about one person: every one told, none told twice."""
    async with _worker(DIGEST_MINUTES=str(_DIGEST_SECONDS / 60)) as worker:
        bare_rate, _ = await _bare(worker)
        somebody = new_id()
        patients = [somebody if number % _ONE_OF == 0 else new_id() for number in range(_FLOOD)]
        began = time.time()
        events = await _publish(worker.broker, patients)
        await _settled(worker, len(events))
        mails = [mail for mail in await worker.taken() if mail[2] >= began]
        lost, doubled = await _lost_and_doubled(worker, events, mails)
    told, to_one = len(events) - lost, Counter(to for _, to, _ in mails)[f"{somebody}@example.fr"]
    most = len(mails) * 9 // 10  # the digests come when their time has come
    rate = most / (mails[most - 1][2] - began)
    bare = "bare httpx POSTs, ten at once"
    return [
        Figure("events at once, told", told, "events", len(events), "published", "all", lost == 0),
        Figure("mails sent twice", doubled, "mails", len(mails), "all mails", "none", doubled == 0),
        Figure("mails to one person", to_one, "mails", patients.count(somebody), "events", "≤ 100", to_one <= 100),
        Figure(
            "mails of a flood, but for digests", rate, "mails/s", bare_rate, bare, _TARGET, rate >= _SHARE * bare_rate
        ),
    ]


async def _settled(worker: _Worker, events: int) -> None:
    """Wait until every event's notification has been sent, by itself or in a digest."""
    connection = await asyncpg.connect(worker.where.admin_url)
    deadline = time.monotonic() + 600
    sent = "SELECT count(*) FROM notifications WHERE status = 'SENT' AND template_id <> 'digest'"
    while (found := await connection.fetchval(sent)) < events:
        if time.monotonic() > deadline:
            raise TimeoutError(f"{found} of {events} events were told")
        await asyncio.sleep(0.5)
    await connection.close()


async def _lost_and_doubled(
    worker: _Worker, events: Sequence[UUID], mails: Sequence[tuple[UUID, str, float]]
) -> tuple[int, int]:
    """How many of the events nobody was told of, and how many mails came more than once."""
    connection = await asyncpg.connect(worker.where.admin_url)
    rows = await connection.fetch("SELECT event_id, coalesce(digest_id, id) AS told_by FROM notifications")
    await connection.close()
    came = Counter(notification_id for notification_id, _, _ in mails)
    told = {row["event_id"] for row in rows if came[row["told_by"]]}
    return len(set(events) - told), sum(times - 1 for times in came.values())
