"""The platform that is harmed: its programs by process, its servers by what an operator can do to them."""

import asyncio
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import asyncpg
from common.servers import SeaweedFS, free_port, free_ports

from axtech.project import home
from axtech.seeding import seed
from axtech.stack import control
from axtech.stack.environment import Places
from axtech.stack.plan import Stack
from axtech.stack.ports import DEFAULTS
from axtech.stack.running import places
from axtech.stack.state import StackState, program_status, read_state

if TYPE_CHECKING:
    from axtech.stack.control import OnChange

_UNLIMITED = {f"RATE_LIMIT_{group}": "100000/minute" for group in ("GENERAL", "AUTH", "UPLOAD", "BILLING")}
_COMMAND = (sys.executable, "-m", "axtech.chaos.stack")
_POLL = 0.1


class NotWhole(Exception):
    """The platform did not recover; the message names what is not well."""


class Platform:
    """A stack of its own, in `folder`, on free ports."""

    def __init__(self, folder: Path, seeded: dict[str, Any]) -> None:
        self.folder = folder
        self.seeded = seeded
        self.places: Places = places()

    @property
    def state(self) -> StackState:
        return read_state(self.folder)

    def pid(self, program: str) -> int | None:
        """Of its process, which leads a group; None while it has none."""
        process = self.state.programs[program].process
        return process.pid if process is not None and process.alive() else None

    def kill(self, program: str) -> None:
        """End it and its children at once, as a power failure would; the supervisor starts it again."""
        pid = self.pid(program)
        if pid is not None:
            os.killpg(pid, signal.SIGKILL)

    async def pause(self, program: str, seconds: float) -> None:
        """Have it stand still: connections stay, nothing answers."""
        async with self.standing_still(program):
            await asyncio.sleep(seconds)

    @asynccontextmanager
    async def standing_still(self, program: str) -> AsyncIterator[None]:
        """Have it stand still within the block, in which it may be killed; `NotWhole` when it does not run."""
        pid = self.pid(program)
        if pid is None:
            raise NotWhole(f"{program} does not run")
        os.killpg(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            with suppress(ProcessLookupError):
                os.killpg(pid, signal.SIGCONT)

    async def sick(self) -> list[str]:
        """What is not healthy, and why."""
        found = await asyncio.gather(*(program_status(one) for one in self.state.programs.values()))
        return [f"{one.name} ({one.problem})" for one in found if one.health != "healthy"]

    async def whole(self, seconds: float = 120.0) -> None:
        """Return once everything is healthy; `NotWhole`."""
        deadline = time.monotonic() + seconds
        while problems := await self.sick():
            if time.monotonic() > deadline:
                raise NotWhole(f"not healthy after {seconds:.0f} s: {', '.join(problems)}")
            await asyncio.sleep(_POLL)

    async def axtech(self, *arguments: str) -> str:
        """Run an operator's command; its output. RuntimeError, with what it said, when it fails."""
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "axtech", *arguments, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        said = (await process.communicate())[0].decode(errors="replace")
        if process.returncode != 0:
            raise RuntimeError(f"axtech {' '.join(arguments)} failed: {said.strip()[-1000:]}")
        return said

    async def fetch(self, service: str, query: str, *arguments: Any) -> list[asyncpg.Record]:
        """Rows out of a service's database."""
        connection = await asyncpg.connect(self.places.database_url(service, "runtime"))
        try:
            return await connection.fetch(query, *arguments)  # type: ignore[no-any-return]
        finally:
            await connection.close()


@contextmanager
def running(on_change: "OnChange", on_wait: Callable[[str], None], *, keep: bool = False) -> Iterator[Platform]:
    """Bring a new platform up and seed it; take it down and forget it afterwards, unless it is to be kept."""
    folder = home() / "chaos"
    _forget(folder)
    os.environ["AXTECH_HOME"] = str(folder)
    os.environ.update(_UNLIMITED)
    for name in DEFAULTS:
        port = free_ports(SeaweedFS.PORTS) if name == "seaweedfs" else free_port()
        os.environ[f"AXTECH_PORT_{name.upper()}"] = str(port)
    try:
        control.detach(folder, on_change, _COMMAND)
        yield Platform(folder, asyncio.run(seed(places(), on_wait)))
    finally:
        control.end(folder)
        if not keep:
            _forget(folder)


def _forget(folder: Path) -> None:
    control.end(folder)
    if (folder / "secrets.json").exists():
        os.environ["AXTECH_HOME"] = str(folder)
        Stack(places()).erase()
        shutil.rmtree(folder)
        os.environ.pop("AXTECH_HOME")
