"""How far the durables of a service are behind, as a metric."""

import asyncio
from collections.abc import Callable
from contextlib import suppress

import nats.errors
import nats.js.errors
from common.events.topology import owned_durables
from common.telemetry import metrics
from nats.aio.client import Client

_EVERY = 15.0
"""Seconds; Prometheus asks no more often."""


async def measure(service: str, client: Client) -> None:
    """Set `consumer_pending` for each durable of `service`; one the broker does not tell of keeps its last value."""
    jetstream = client.jetstream(timeout=2)
    for stream, durable in owned_durables(service):
        try:
            info = await jetstream.consumer_info(stream, durable)
        except (nats.errors.Error, nats.js.errors.Error):
            continue
        metrics.CONSUMER_LAG.labels(durable, stream).set(info.num_pending or 0)


async def watch(service: str, client: Callable[[], Client]) -> None:
    """Measure for as long as the process runs."""
    while True:
        with suppress(nats.errors.Error):  # readiness tells of a broker that is away
            await measure(service, client())
        await asyncio.sleep(_EVERY)
