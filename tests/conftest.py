"""Fixtures of the tests across services: the whole platform, once for all workers of a run."""

import asyncio
import fcntl
import json
import os
import signal
import subprocess
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest
import pytest_asyncio
from axtech.demo.api import Api
from axtech.demo.cast import Cast, Setting
from axtech.demo.people import Sessions, sign_in
from axtech.project import ROOT
from axtech.seeding import seed
from axtech.stack import control
from axtech.stack.environment import Places
from axtech.stack.ports import DEFAULTS
from axtech.stack.running import places
from axtech.stack.state import StackState, program_status, read_state
from common.contracts.map import SERVICES
from common.servers import SeaweedFS, free_port, free_ports
from common.testing import eventually

_SERVERS = "AXTECH_TEST_SERVERS"
_COMPOSE = os.environ.get("AXTECH_STACK") == "compose"
"""The platform is what `make compose-up` has brought up."""
_UNLIMITED = {f"RATE_LIMIT_{group}": "100000/minute" for group in ("GENERAL", "AUTH", "UPLOAD", "BILLING")}
PRODUCT = "AX-FRE-200"
_ASKING_FOR_A_TOKEN = ("/users/me", "/cases", "/documents", "/claims", "/devices", "/notifications")
_IN_A_ROW = 20
_LONGEST_TEST = 300
"""Seconds for which a token must still be good when a test begins."""


def _folder() -> Path:
    return Path(json.loads(os.environ[_SERVERS])["directory"])


def pytest_sessionfinish(session: pytest.Session) -> None:
    """End the stack that some worker of this run brought up."""
    if not hasattr(session.config, "workerinput") and _SERVERS in os.environ:
        control.end(_folder() / "stack")


@dataclass(frozen=True)
class Platform:
    """The running platform, and what was seeded."""

    places: Places
    seeded: dict[str, Any]

    @property
    def gateway(self) -> str:
        return self.places.url("gateway")

    @property
    def state(self) -> StackState:
        return read_state(self.places.home)

    def setting(self, sessions: Sessions) -> Setting:
        """Where a story plays on this platform."""
        return Setting(
            gateway=self.gateway,
            mailbox=self.places.url("mailbox"),
            staff={account["role"]: account for account in self.seeded["staff"]},
            product=next(product for product in self.seeded["products"] if product["sku"] == PRODUCT),
            sessions=sessions,
        )

    def kill(self, name: str) -> None:
        """End a program at once, as a power failure would; the supervisor starts it again."""
        process = self.state.programs[name].process
        assert process is not None
        os.kill(process.pid, signal.SIGKILL)

    async def whole(self) -> None:
        """Return once every program is healthy."""
        await eventually(self._sick, until=lambda names: not names, seconds=60)
        await eventually(self._passes_on, until=lambda passed: passed == _IN_A_ROW, seconds=60)

    async def _sick(self) -> list[str]:
        found = await asyncio.gather(*(program_status(one) for one in self.state.programs.values()))
        return [one.name for one in found if one.health != "healthy"]

    async def _passes_on(self) -> int:
        """How many calls in a row, of each service, the gateway passes on: after an outage it begins with some."""
        async with httpx.AsyncClient(base_url=f"{self.gateway}/api/v1", trust_env=False) as client:
            for number in range(_IN_A_ROW):
                answers = [await client.get(path) for path in _ASKING_FOR_A_TOKEN]
                if any(answer.status_code != 401 for answer in answers):
                    return number
                await asyncio.sleep(0.05)
        return _IN_A_ROW

    async def count(self, service: str, query: str, *arguments: Any) -> int:
        """A number out of a service's database."""
        connection = await asyncpg.connect(self.places.database_url(service, "runtime"))
        try:
            return int(await connection.fetchval(query, *arguments))
        finally:
            await connection.close()


class PlatformInContainers(Platform):
    """The same, each program in a container of its own, a service's API and worker in two."""

    def kill(self, name: str) -> None:
        containers = [name, f"{name}-worker"] if name in SERVICES else [name]
        _compose("kill", *containers)
        _compose("start", *containers)  # one that was killed from outside is not started again by the engine

    async def _sick(self) -> list[str]:
        lines = await asyncio.to_thread(_compose, "ps", "--format", "json")
        return [one["Name"] for one in map(json.loads, lines.splitlines()) if one["Health"] not in {"healthy", ""}]


def _compose(*arguments: str) -> str:
    command = ("docker", "compose", *arguments)
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@contextmanager
def _alone(file: Path) -> Iterator[None]:
    with file.open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


@pytest.fixture(scope="session")
def platform() -> Platform:
    """The platform, brought up by whichever worker needs it first, on ports of its own and without rate limits."""
    folder = _folder()
    with _alone(folder / "stack.lock"):
        written = folder / "stack.json"
        if not written.exists():
            written.write_text(json.dumps(_bring_up(folder / "stack")))
        known = json.loads(written.read_text())
    os.environ.update(known["environment"])
    return (PlatformInContainers if _COMPOSE else Platform)(places(), known["seeded"])


def _bring_up(home: Path) -> dict[str, Any]:
    if _COMPOSE:
        running = {"AXTECH_HOME": os.environ.get("AXTECH_COMPOSE_HOME") or str(ROOT / ".axtech/compose")}
        os.environ.update(running)
        return {"environment": running, "seeded": asyncio.run(seed(places()))}
    environment = {"AXTECH_HOME": str(home), **_UNLIMITED}
    for name in DEFAULTS:
        port = free_ports(SeaweedFS.PORTS) if name == "seaweedfs" else free_port()
        environment[f"AXTECH_PORT_{name.upper()}"] = str(port)
    os.environ.update(environment)
    control.detach(home)
    return {"environment": environment, "seeded": asyncio.run(seed(places()))}


class SharedSessions(Sessions):
    """One sign-in of each member of staff for all workers: a code of the second factor works once."""

    def __init__(self, home: Path) -> None:
        super().__init__(home)  # which knows whom the seeding signed in
        self._folder = _folder()  # of this run: a platform in containers outlives what a token is good for

    async def sign_in(self, api: Api, account: Mapping[str, str]) -> None:
        async with _held(self._folder / "sessions.lock", fcntl.LOCK_EX):
            file = self._folder / f"{account['email']}.json"
            kept = json.loads(file.read_text()) if file.exists() else self._known.get(account["email"])
            if kept is None or kept["expiresAt"] < time.time() + _LONGEST_TEST:
                kept = await sign_in(api, account["email"], account["password"], account["totpSecret"])
                kept["expiresAt"] = time.time() + kept["expiresIn"]
            file.write_text(json.dumps(kept))
            api.sign(kept["accessToken"])


@asynccontextmanager
async def _held(file: Path, mode: int) -> AsyncIterator[None]:
    """A lock between workers, waited for without holding up the event loop."""
    with file.open("w") as handle:
        while True:
            try:
                fcntl.flock(handle, mode | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                await asyncio.sleep(0.05)
        yield


@pytest_asyncio.fixture
async def quiet(platform: Platform) -> AsyncIterator[None]:
    """Nobody breaks anything meanwhile."""
    async with _held(platform.places.home / "breaking.lock", fcntl.LOCK_SH):
        yield


@pytest_asyncio.fixture
async def breaking(platform: Platform) -> AsyncIterator[None]:
    """Nobody else is on the platform, which may be broken; it is whole again afterwards."""
    async with _held(platform.places.home / "breaking.lock", fcntl.LOCK_EX):
        yield
        await platform.whole()


@pytest_asyncio.fixture
async def new_cast(platform: Platform) -> AsyncIterator[Callable[[], Awaitable[Cast]]]:
    """The people of one more story, a new patient among them, nothing done yet."""
    async with AsyncExitStack() as stack:

        async def make() -> Cast:
            return await stack.enter_async_context(Cast(platform.setting(SharedSessions(platform.places.home))))

        yield make
