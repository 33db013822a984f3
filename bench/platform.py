"""The whole local platform: its start, its memory, what the gateway costs, and files carried from end to end."""

import asyncio
import os
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psutil
from axtech.chaos.journeys import Journey, Load
from axtech.chaos.platform import Platform
from axtech.demo.api import Api
from axtech.demo.people import sign_in
from axtech.seeding import seed
from axtech.stack import control
from axtech.stack.ports import DEFAULTS
from axtech.stack.running import places
from axtech.stack.state import StackState
from common.contracts.map import SERVICES
from common.servers import SeaweedFS, free_port, free_ports, run
from common.testing.keys import TestKeys

from bench.http import rate
from bench.report import Figure
from bench.stage import plain

_SERVERS = ("postgres", "nats", "valkey", "seaweedfs")
_AT_ONCE = 12
_SEED = 20_261_124
_SETTLES = 5.0
_UNLIMITED = {f"RATE_LIMIT_{group}": "100000000/minute" for group in ("GENERAL", "AUTH", "UPLOAD", "BILLING")} | {
    "AXTECH_GATEWAY_RATE": "1000000"
}


@dataclass
class _Start:
    """When what was healthy, in seconds from the beginning."""

    began: float = field(default_factory=time.monotonic)
    healthy: dict[str, float] = field(default_factory=dict)

    def note(self, state: StackState) -> None:
        if state.phase in {"starting", "up"}:  # not what an earlier stack left written
            for name in state.steps:
                self.healthy.setdefault(name, time.monotonic() - self.began)

    @property
    def servers(self) -> float:
        return max(self.healthy.get(name, 0.0) for name in _SERVERS)

    @property
    def whole(self) -> float:
        return max(self.healthy.values())


async def platform() -> list[Figure]:
    """Start, memory at rest and under load, gateway, journeys."""
    with tempfile.TemporaryDirectory(prefix="axtech-bench-platform-") as folder:
        home = Path(folder)
        home.chmod(0o755)  # noqa: ASYNC240 - nothing else runs yet
        async with _up(home):  # makes the databases
            pass
        async with _up(home) as start:
            running = Platform(home, await seed(places()))
            await asyncio.sleep(_SETTLES)
            rest, bare = _megabytes(running), await _bare_megabytes(running, home)
            journeys, load = await _journeys(running)
            after = _megabytes(running)
            gateway = await _gateway(running, journeys[0])
    return [
        Figure(
            "start of the whole stack",
            start.whole,
            "s",
            start.servers,
            "its four servers",
            "< 12 s",
            met=start.whole < 12,
        ),
        Figure(
            "memory of the six services at rest",
            rest,
            "MB",
            bare,
            "six bare FastAPI + asyncpg",
            "< 900 MB",
            met=rest < 900,
        ),
        Figure("memory of the six services after load", after, "MB", rest, "at rest", "–", met=True),
        gateway,
        load,
    ]


@asynccontextmanager
async def _up(home: Path) -> AsyncIterator[_Start]:
    """The platform in `home`, on free ports and without rate limits."""
    os.environ.update({"AXTECH_HOME": str(home), **_UNLIMITED})
    for name in DEFAULTS:
        port = free_ports(SeaweedFS.PORTS) if name == "seaweedfs" else free_port()
        os.environ[f"AXTECH_PORT_{name.upper()}"] = str(port)
    start = _Start()
    try:
        await asyncio.to_thread(control.detach, home, start.note)
        yield start
    finally:
        await asyncio.to_thread(control.end, home)


def _megabytes(running: Platform) -> float:
    """Of the six services."""
    pids = [pid for service in SERVICES if (pid := running.pid(service)) is not None]
    return sum(_proportional(pid) for pid in pids)


def _proportional(pid: int) -> float:
    """Proportional set size of a process and its children, in MB: a page that several share counts once among them."""
    process = psutil.Process(pid)
    sizes = [one.memory_full_info().pss for one in (process, *process.children(recursive=True))]
    return float(sum(sizes)) / 1e6


async def _bare_megabytes(running: Platform, home: Path) -> float:
    """Of six plain services, if nothing were shared between them."""
    server = plain(home, TestKeys(home / "bench-keys"), running.places.database_url("cases", "runtime"))
    async with run([server]) as started:
        return len(SERVICES) * _proportional(started.processes[0].pid)


async def _journeys(running: Platform) -> tuple[list[Journey], Figure]:
    """Files from registration to a repaired chair, many at once, beside one after the other."""
    load = Load(running)
    await load.ready()
    alone = await _played(load, "alone", 1)
    together = await _played(load, "together", _AT_ONCE)
    figure = Figure(
        "whole files carried to a repaired chair",
        _AT_ONCE / together.seconds,
        "files/s",
        1 / alone.seconds,
        "one after the other",
        "–",
        met=True,
    )
    return together.journeys, figure


@dataclass(frozen=True)
class _Played:
    journeys: list[Journey]
    seconds: float


async def _played(load: Load, name: str, count: int) -> _Played:
    started = time.monotonic()
    journeys = await load.play(_SEED, name, count)
    if failures := [journey.failure for journey in journeys if journey.failure]:
        raise RuntimeError(f"{len(failures)} of {count} files did not come to their end: {failures[0]}")
    return _Played(journeys, time.monotonic() - started)


async def _gateway(running: Platform, journey: Journey) -> Figure:
    """GET of a case through Traefik, beside the service itself."""
    async with Api(running.places.url("gateway")) as api:
        token = (await sign_in(api, journey.email, journey.password))["accessToken"]
    path = f"/api/v1/cases/{journey.facts.case_id}"
    rates: dict[str, float] = {}
    for name in ("gateway", "cases", "gateway", "cases"):
        rates[name] = max(rates.get(name, 0), await rate(running.places.url(name) + path, token))
    ours, bare = rates["gateway"], rates["cases"]
    return Figure("GET of a case through the gateway", ours, "requests/s", bare, "the service itself", "–", met=True)
