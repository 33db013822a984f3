"""The faults: what is done to the platform, and what an operator does about it where a restart does not mend it."""

import asyncio
import random
import shutil
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import nats
import nats.js.errors
from common.contracts import map as contract_map
from common.contracts.jobs import AddressAnnouncementV1, ScanDocumentV1, SubmitClaimV1
from common.contracts.map import SERVICES
from common.events import topology
from common.events.contract import Job
from nats.js import JetStreamContext

from axtech.chaos import restoring
from axtech.chaos.platform import Platform
from axtech.chaos.stack import dying_relay, worker
from axtech.verify.findings import Finding

SERVERS = ("nats", "postgres", "valkey", "seaweedfs")
PROGRAMS = (*SERVERS, "gateway", *SERVICES, *(worker(service) for service in SERVICES))
PAUSE = 10.0  # seconds
_FULL = 12.0  # seconds a stream stays full
_COMES = 120.0  # seconds within which a job comes that is waited for
_ROOM = 4096  # bytes that a full stream still takes


@dataclass(frozen=True, slots=True)
class Fault:
    """`strike` returns once the fault is over, or left to the platform to mend.

    `expected` says which findings are the fault's own, told to a person on purpose.
    """

    name: str
    strike: Callable[[Platform, random.Random], Awaitable[None]]
    expected: Callable[[Finding], bool] = lambda _: False


def _kill(program: str) -> Fault:
    async def strike(platform: Platform, _chance: random.Random) -> None:
        platform.kill(program)

    return Fault(f"kill {program}", strike)


def _pause(program: str) -> Fault:
    async def strike(platform: Platform, _chance: random.Random) -> None:
        await platform.pause(program, PAUSE)

    return Fault(f"pause {program}", strike)


def _relay(service: str) -> Fault:
    """The worker dies when the broker has acknowledged, and before its database knows."""

    async def strike(platform: Platform, _chance: random.Random) -> None:
        order = dying_relay(platform.folder, service)
        order.touch()
        while order.exists():  # noqa: ASYNC110 - until the relay has something to publish
            await asyncio.sleep(0.05)

    return Fault(f"kill relay of {service}", strike)


async def _fill_streams(platform: Platform, _chance: random.Random) -> None:
    """No stream takes any more for a while: what is recorded waits in the outboxes."""
    client = await nats.connect(platform.places.nats_url("operator"))
    try:
        jetstream = client.jetstream(timeout=10)
        for config in topology.streams():
            if config.name not in {"SCHEDULES", "DEAD_LETTERS"}:
                state = (await jetstream.stream_info(str(config.name))).state
                await jetstream.update_stream(replace(config, max_bytes=state.bytes + _ROOM))
        await asyncio.sleep(_FULL)
    finally:
        await client.close()
        await platform.axtech("topology", "apply", "--schedule", "claim-status-sync=@every 3s")


async def _delete_durables(platform: Platform, chance: random.Random) -> None:
    """A third of what services read by is gone, as after a wrong command; then the topology is applied."""
    client = await nats.connect(platform.places.nats_url("operator"))
    try:
        jetstream = client.jetstream(timeout=10)
        of_events = [(stream, str(config.durable_name)) for stream, config in topology.durables() if stream != "JOBS"]
        for stream, durable in chance.sample(of_events, len(of_events) // 3):
            await jetstream.delete_consumer(stream, durable)
    finally:
        await client.close()
    await asyncio.sleep(3)
    await platform.axtech("topology", "apply", "--schedule", "claim-status-sync=@every 3s")


def _wipe(job: type[Job]) -> Fault:
    """The broker's disk is gone while a job waits. The runbook: apply the topology, publish again what was sent."""

    async def strike(platform: Platform, _chance: random.Random) -> None:
        since = datetime.now(UTC) - timedelta(minutes=10)
        await _let_wait(platform, job)
        disk = platform.folder / "nats/jetstream"
        platform.kill("nats")
        # Gone at one blow: the broker comes back before all is deleted.
        shutil.rmtree(disk.rename(disk.with_name("lost")))
        await _until_up(platform, "nats")
        await platform.axtech("topology", "apply", "--schedule", "claim-status-sync=@every 3s")
        await platform.axtech("events", "republish", "--since", f"{since:%Y-%m-%dT%H:%M:%S}")

    return Fault(f"broker's disk wiped, {job.name} waiting", strike)


async def _let_wait(platform: Platform, job: type[Job]) -> None:
    """Have its queue stand still, and return once a job of the kind is in it; RuntimeError when none comes."""
    client = await nats.connect(platform.places.nats_url("operator"))
    jetstream, queue = client.jetstream(timeout=10), contract_map.queue(job.queue)
    try:
        until = datetime.now(UTC) + timedelta(seconds=2 * _COMES)
        await jetstream.pause_consumer("JOBS", queue.durable, f"{until:%Y-%m-%dT%H:%M:%SZ}")
        async with asyncio.timeout(_COMES):
            while not await _waits(jetstream, job):  # noqa: ASYNC110 - in the broker
                await asyncio.sleep(0.1)
    except TimeoutError as error:
        await jetstream.resume_consumer("JOBS", queue.durable)
        raise RuntimeError(f"no {job.name} came within {_COMES:.0f} s") from error
    finally:
        await client.close()


async def _waits(jetstream: JetStreamContext, job: type[Job]) -> bool:
    """Whether the last job of the kind has been given to nobody yet."""
    try:
        last = await jetstream.get_last_msg("JOBS", job.subject())
    except nats.js.errors.NotFoundError:
        return False
    delivered = (await jetstream.consumer_info("JOBS", contract_map.queue(job.queue).durable)).delivered
    return delivered is None or (last.seq or 0) > delivered.stream_seq


async def _until_up(platform: Platform, program: str) -> None:
    for _ in range(600):
        if not any(problem.startswith(program) for problem in await platform.sick()):
            return
        await asyncio.sleep(0.1)


FAULTS: tuple[Fault, ...] = (
    *(_kill(program) for program in PROGRAMS),
    *(_relay(service) for service in SERVICES),
    *(_pause(program) for program in PROGRAMS),
    Fault("streams full", _fill_streams),
    Fault("durables deleted", _delete_durables),
    *(_wipe(job) for job in (AddressAnnouncementV1, ScanDocumentV1, SubmitClaimV1)),
    Fault("database lost", restoring.put_back),
    Fault("older database restored", restoring.put_back_older, restoring.is_its_own),
)
"""In the order they are tried."""


def chosen(names: list[str]) -> list[Fault]:
    """The faults whose names contain one of `names`, all for none; ValueError for a name nothing has."""
    for name in names:
        if not any(name in fault.name for fault in FAULTS):
            raise ValueError(f"there is no fault {name!r}. There are: {', '.join(fault.name for fault in FAULTS)}")
    return [fault for fault in FAULTS if not names or any(name in fault.name for name in names)]
