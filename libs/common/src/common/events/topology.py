"""Streams, durables, key-value buckets and schedules, applied by one idempotent command; nobody else declares any."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace

import nats
import nats.js.errors
from common.contracts import map as contract_map
from nats.aio.client import Client
from nats.js import JetStreamContext
from nats.js.api import (
    AckPolicy,
    ConsumerConfig,
    DeliverPolicy,
    DiscardPolicy,
    KeyValueConfig,
    RetentionPolicy,
    StorageType,
    StreamConfig,
)

DAY = 24 * 3600
REVOCATIONS = "revocations"
"""Key-value bucket: revoked sessions and outdated tokens, watched by every service."""
_REVOCATION_SECONDS = 8 * DAY
_SPARE_DELIVERIES = 5
"""Beyond the policy's attempts: what a process that keeps dying may use up before the broker gives up."""


def streams(*, replicas: int = 1, max_bytes: int = 1024**3) -> list[StreamConfig]:
    """Every stream: one for each producing service, the jobs, the schedules and the broker's own dead letters."""
    common = StreamConfig(
        storage=StorageType.FILE,
        num_replicas=replicas,
        discard=DiscardPolicy.NEW,
        duplicate_window=600,
        max_bytes=max_bytes,
        allow_direct=True,
    )
    events = [
        replace(
            common,
            name=service.upper(),
            subjects=[f"axtech.{service}.>"],
            retention=RetentionPolicy.LIMITS,
            max_age=30 * DAY,
            deny_delete=True,
            deny_purge=True,
            allow_atomic=True,
        )
        for service in contract_map.SERVICES
    ]
    jobs = replace(
        common,
        name="JOBS",
        subjects=["axtech.jobs.>"],
        retention=RetentionPolicy.WORK_QUEUE,
        allow_atomic=True,
    )
    schedules = replace(
        common,
        name="SCHEDULES",
        subjects=["axtech.schedules.>", "axtech.ticks.>"],
        retention=RetentionPolicy.LIMITS,
        max_age=7 * DAY,
        max_msgs_per_subject=100,
        discard=DiscardPolicy.OLD,
        allow_msg_schedules=True,
        allow_msg_ttl=True,
        allow_rollup_hdrs=True,
    )
    advisories = replace(
        common,
        name="DEAD_LETTERS",
        subjects=[
            "$JS.EVENT.ADVISORY.CONSUMER.MAX_DELIVERIES.>",
            "$JS.EVENT.ADVISORY.CONSUMER.MSG_TERMINATED.>",
        ],
        retention=RetentionPolicy.LIMITS,
        max_age=30 * DAY,
        discard=DiscardPolicy.OLD,
        duplicate_window=120,
    )
    return [*events, jobs, schedules, advisories]


def durables() -> list[tuple[str, ConsumerConfig]]:
    """Every durable, with the stream it reads."""
    found: list[tuple[str, ConsumerConfig]] = []
    for spec in contract_map.CONSUMERS:
        for stream, subjects in spec.streams().items():
            deliver = spec.retry.attempts + _SPARE_DELIVERIES
            found.append((stream, _durable(spec.durable, subjects, spec.ack_wait, deliver, 10 * spec.batch)))
    for queue in contract_map.QUEUES:
        deliver = queue.retry.attempts + _SPARE_DELIVERIES
        config = _durable(queue.durable, queue.subjects, queue.ack_wait, deliver, queue.concurrency)
        found.append(("JOBS", config))
    found += [
        ("SCHEDULES", _durable(f"{service}-ticks", (f"axtech.ticks.{service}.*",), 300.0, 3, 10))
        for service in sorted({schedule.service for schedule in contract_map.SCHEDULES})
    ]
    for service in contract_map.SERVICES:
        subjects = tuple(sorted(dead_letter_subjects(service)))
        found.append(("DEAD_LETTERS", _durable(f"{service}-dead-letters", subjects, 30.0, -1, 100)))
    return found


def _durable(name: str, subjects: tuple[str, ...], ack_wait: float, max_deliver: int, pending: int) -> ConsumerConfig:
    return ConsumerConfig(
        durable_name=name,
        filter_subjects=list(subjects),
        ack_policy=AckPolicy.EXPLICIT,
        deliver_policy=DeliverPolicy.ALL,
        ack_wait=ack_wait,
        max_deliver=max_deliver,
        max_ack_pending=pending,
    )


def owned_durables(service: str) -> list[tuple[str, str]]:
    """`(stream, durable)` of all that `service` reads."""
    return [
        (stream, config.durable_name)
        for stream, config in durables()
        if config.durable_name and config.durable_name.startswith(f"{service}-")
    ]


def dead_letter_subjects(service: str) -> list[str]:
    """The advisories that tell of messages `service` could not handle."""
    pairs = [
        (stream, spec.durable)
        for spec in contract_map.CONSUMERS
        if spec.service == service
        for stream in spec.streams()
    ]
    pairs += [("JOBS", queue.durable) for queue in contract_map.QUEUES if queue.service == service]
    return [
        f"$JS.EVENT.ADVISORY.CONSUMER.{kind}.{stream}.{durable}"
        for kind in ("MAX_DELIVERIES", "MSG_TERMINATED")
        for stream, durable in pairs
    ]


def permissions(service: str) -> dict[str, list[str]]:
    """The NATS permissions of a service's user: its own subjects to publish, its own durables to read."""
    publish = [f"axtech.{service}.>", "$JS.API.INFO"]
    publish += [f"axtech.jobs.{queue.name}.>" for queue in contract_map.QUEUES if queue.service == service]
    for stream, durable in owned_durables(service):
        publish += [
            f"$JS.API.CONSUMER.INFO.{stream}.{durable}",
            f"$JS.API.CONSUMER.MSG.NEXT.{stream}.{durable}",
            f"$JS.ACK.{stream}.{durable}.>",
        ]
    publish += sorted({f"$JS.API.STREAM.MSG.GET.{stream}" for stream, _ in owned_durables(service)})
    publish += sorted({f"$JS.API.DIRECT.GET.{stream}" for stream, _ in owned_durables(service)})
    bucket = f"KV_{REVOCATIONS}"
    publish += [
        f"$JS.API.STREAM.INFO.{bucket}",
        f"$JS.API.CONSUMER.CREATE.{bucket}",
        f"$JS.API.CONSUMER.CREATE.{bucket}.>",
        f"$JS.API.CONSUMER.DELETE.{bucket}.>",
        f"$JS.API.CONSUMER.INFO.{bucket}.>",
        f"$JS.FC.{bucket}.>",
    ]
    if service == "identity":
        publish.append(f"$KV.{REVOCATIONS}.>")
    return {"publish": publish, "subscribe": [f"_INBOX_{service}.>"]}


async def apply(
    nats_url: str, *, replicas: int = 1, max_bytes: int = 1024**3, schedules: Mapping[str, str] | None = None
) -> list[str]:
    """Make the broker what the map says; safe to repeat. Returns what was made or changed, a line each.

    `schedules` overrides the expression of single jobs (`{"claim-status-sync": "@every 3s"}`).
    """
    client = await nats.connect(nats_url, connect_timeout=5, max_reconnect_attempts=3)
    try:
        return await apply_with(client, replicas=replicas, max_bytes=max_bytes, schedules=schedules)
    finally:
        await client.close()


async def apply_with(
    client: Client,
    *,
    replicas: int = 1,
    max_bytes: int = 1024**3,
    schedules: Mapping[str, str] | None = None,
) -> list[str]:
    """`apply` on a connection that is open already."""
    jetstream = client.jetstream(timeout=30)
    made = await asyncio.gather(
        *(_apply_stream(jetstream, config) for config in streams(replicas=replicas, max_bytes=max_bytes))
    )
    made += await asyncio.gather(*(_apply_durable(jetstream, stream, config) for stream, config in durables()))
    made.append(await _apply_bucket(jetstream, replicas))
    made += await _apply_schedules(jetstream, schedules or {})
    return [line for line in made if line]


async def rewind(nats_url: str, service: str) -> list[str]:
    """Have `service` read every event again that the broker keeps; inboxes skip what was handled. Gives the durables.

    For a service whose database was restored from a backup. Jobs, ticks and dead letters go on where they are.
    """
    client = await nats.connect(nats_url, connect_timeout=5, max_reconnect_attempts=3)
    try:
        jetstream = client.jetstream(timeout=30)
        owned = set(owned_durables(service))
        found = [(stream, config) for stream, config in durables() if (stream, config.durable_name) in owned]
        rewound = []
        for stream, config in found:
            if stream not in {"JOBS", "SCHEDULES", "DEAD_LETTERS"}:
                with suppress(nats.js.errors.NotFoundError):
                    await jetstream.delete_consumer(stream, str(config.durable_name))
                await jetstream.add_consumer(stream, config)
                rewound.append(f"{stream}/{config.durable_name}")
        return rewound
    finally:
        await client.close()


async def _apply_stream(jetstream: JetStreamContext, config: StreamConfig) -> str:
    try:
        await jetstream.stream_info(str(config.name))
    except nats.js.errors.NotFoundError:
        await jetstream.add_stream(config)
        return f"stream {config.name} created"
    await jetstream.update_stream(config)
    return ""


async def _apply_durable(jetstream: JetStreamContext, stream: str, config: ConsumerConfig) -> str:
    try:
        existing = await jetstream.consumer_info(stream, str(config.durable_name))
    except nats.js.errors.NotFoundError:
        await jetstream.add_consumer(stream, config)
        return f"durable {stream}/{config.durable_name} created"
    if _differs(existing.config, config):
        await jetstream.add_consumer(stream, config)
        return f"durable {stream}/{config.durable_name} updated"
    return ""


def _differs(existing: ConsumerConfig, wanted: ConsumerConfig) -> bool:
    filters = existing.filter_subjects or ([existing.filter_subject] if existing.filter_subject else [])
    return (
        sorted(filters) != sorted(wanted.filter_subjects or [])
        or existing.ack_wait != wanted.ack_wait
        or existing.max_deliver != wanted.max_deliver
        or existing.max_ack_pending != wanted.max_ack_pending
    )


async def _apply_bucket(jetstream: JetStreamContext, replicas: int) -> str:
    try:
        await jetstream.key_value(REVOCATIONS)
    except nats.js.errors.BucketNotFoundError:
        config = KeyValueConfig(bucket=REVOCATIONS, ttl=_REVOCATION_SECONDS, replicas=replicas, history=1)
        await jetstream.create_key_value(config)
        return f"bucket {REVOCATIONS} created"
    return ""


async def _apply_schedules(jetstream: JetStreamContext, overrides: Mapping[str, str]) -> list[str]:
    for spec in contract_map.SCHEDULES:
        subject = f"axtech.schedules.{spec.service}.{spec.job}"
        headers = {
            "Nats-Schedule": overrides.get(spec.job, spec.every),
            "Nats-Schedule-Target": f"axtech.ticks.{spec.service}.{spec.job}",
            "Nats-Rollup": "sub",
        }
        if spec.zone is not None and spec.job not in overrides:
            headers["Nats-Schedule-Time-Zone"] = spec.zone
        await jetstream.publish(subject, b"{}", headers=headers, stream="SCHEDULES")
    return []
