"""The page that plans capacity: measured costs of one file, and what follows from them for so many files a day."""

import math
from dataclasses import dataclass

SERVICES = 6


@dataclass(frozen=True)
class Measured:
    """One wheelchair file from registration to a repaired chair, as the tests across services run it.

    Requests and events are counted in a run; bytes of rows and messages are those of the same run's databases and
    streams; rates are what a process is planned to do, below what `axtech bench all` measures.
    """

    requests: int = 2_200
    """Ten times the 219 that services were asked: people look at a screen more often than the story does."""
    events: int = 236
    """Rows of all outboxes."""
    event_bytes: int = 1_180
    """A message in a stream, headers included; the same again in `outbox_sent`."""
    row_bytes: int = 240_000
    """Two and a half times the 95,000 of rows that stay in all six databases: indexes, free space."""
    document_bytes: int = 12_000_000
    """Scans and generated PDFs in object storage. The samples are 454,000; real scans are far larger."""
    requests_a_second: float = 600.0
    """Ordinary calls of one API process: a transaction each. Measured: 3,400 hot reads."""
    events_a_second: float = 2_000.0
    """Events of one worker process. Measured: 13,000 in large batches."""


@dataclass(frozen=True)
class Plan:
    """What so many new files a day need."""

    files_a_day: int
    requests_at_peak: float
    events_at_peak: float
    api_replicas: int
    worker_replicas: int
    database_gigabytes_a_year: float
    stream_gigabytes: float
    storage_terabytes_a_year: float


PEAK = 5.0
"""The busiest minute against the average of a working day of nine hours."""
BUSY = 0.5
"""How much of what it can do a replica is given at the peak: one zone of three may go."""
WORKING_SECONDS = 9 * 3600
WORKING_DAYS = 250
STREAM_DAYS = 30
SMALLEST = 3
"""Replicas: one a zone."""
SCALES = (
    ("one dealer", 5),
    ("a region", 50),
    ("ten regions", 500),
    ("the whole of France", 2_000),
    ("five times that", 10_000),
)
"""About half a million wheelchairs a year are taken over by the French health insurance: two thousand a working day."""


def plan(files_a_day: int, measured: Measured) -> Plan:
    """What `files_a_day` new files need at the peak, and what a year of them leaves."""
    requests = files_a_day * measured.requests / WORKING_SECONDS * PEAK
    events = files_a_day * measured.events / WORKING_SECONDS * PEAK
    return Plan(
        files_a_day=files_a_day,
        requests_at_peak=requests,
        events_at_peak=events,
        api_replicas=_replicas(requests / SERVICES * 2, measured.requests_a_second),
        worker_replicas=_replicas(events / SERVICES * 2, measured.events_a_second),
        database_gigabytes_a_year=files_a_day * WORKING_DAYS * measured.row_bytes / 1e9,
        stream_gigabytes=files_a_day * measured.events * measured.event_bytes * STREAM_DAYS / 1e9,
        storage_terabytes_a_year=files_a_day * WORKING_DAYS * measured.document_bytes / 1e12,
    )


def _replicas(rate: float, of_one: float) -> int:
    """Of the busiest service, which is taken to have twice its sixth of the work."""
    return max(SMALLEST, math.ceil(rate / (of_one * BUSY)))


def capacity_page() -> str:
    """Markdown: what was measured, what follows, what to look at first."""
    measured = Measured()
    plans = [(name, plan(files, measured)) for name, files in SCALES]
    rows = [f"| {name} | {_cells(one)} |" for name, one in plans]
    return _PAGE.format(measured=measured, peak=PEAK, busy=BUSY, smallest=SMALLEST, rows="\n".join(rows))


def _cells(one: Plan) -> str:
    cells = (
        f"{one.files_a_day:,}",
        f"{one.requests_at_peak:,.1f}",
        f"{one.events_at_peak:,.1f}",
        f"{one.api_replicas}",
        f"{one.worker_replicas}",
        f"{one.database_gigabytes_a_year:,.1f} GB",
        f"{one.stream_gigabytes:,.2f} GB",
        f"{one.storage_terabytes_a_year:,.2f} TB",
    )
    return " | ".join(cells)


_PAGE = """# Capacity

Made by `make documents` from `axtech.capacity`, where the measured costs stand; change them there after a new measurement.

**What one file costs**, from the registration of a patient to a repaired chair, counted while the story of `axtech demo` ran on the
platform in containers: 219 requests to services, planned as {measured.requests:,}, for people look at a screen more often than
the story does; {measured.events} rows of outboxes of {measured.event_bytes:,} bytes; 95,000 bytes of rows that stay, planned with
indexes and free space as {measured.row_bytes:,}; 454,000 bytes of objects, planned as {measured.document_bytes:,}, for real scans are larger
than the samples.

**What one process is planned to do** on one processor, well below what `axtech bench all` measures (3,400 hot reads, 13,000 events in
large batches): {measured.requests_a_second:,.0f} requests a second that each are a transaction, {measured.events_a_second:,.0f} events a second.

| scale | files a day | requests/s at the peak | events/s at the peak | API replicas | worker replicas | databases, a year | streams | objects, a year |
|---|---|---|---|---|---|---|---|---|
{rows}

The peak is {peak:g} times the average of a working day; a replica is planned to be {busy:.0%} busy then, so one zone of
three may go; the busiest service is taken to have twice its share; at least {smallest} replicas, one a zone. Streams keep
thirty days. Databases are the sum of all six; health data is kept for twenty years and payments for ten, so plan partitions
and cold storage from the second year on.

## What becomes the limit first

1. **Signing in.** A password costs a quarter of a second of a processor, on purpose: 4 sign-ins a second for each processor
   of identity. At eight in the morning these are more than all the rest.
2. **Reading documents.** A scan that is read takes seconds of a processor; `documents-jobs` caps how many at once, and its queue
   shows in `consumer_pending`. Add workers of documents, which KEDA does by itself.
3. **Connections.** Each process holds up to fifteen; `max_connections` of a database bounds its replicas: 300 is enough for
   eighteen of them with room for operators. Beyond that a pooler goes before the APIs; the relay connects directly.
4. **Disks.** JetStream syncs every message: a disk that takes 1,000 syncs a second carries 1,000 events a second one by one, and
   twenty times that in the batches of a backlog.

The relay of each database is one process at a time, by an advisory lock: it moves 19,000 rows a second, fifty times what
the largest row of the table asks of it.
"""  # noqa: E501 - prose
