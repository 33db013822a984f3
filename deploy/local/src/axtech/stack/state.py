"""What is running, as written down in `state.json` for other processes to read."""

import fcntl
import os
from contextlib import suppress
from pathlib import Path
from typing import Literal

import psutil
from common.servers.probe import probe
from pydantic import BaseModel, Field

from axtech.files import write_private

_CLOCK_SLACK = 2.0  # seconds; the start of a process is told from the wall clock

Phase = Literal["starting", "up", "stopping", "failed", "down"]


class ProcessId(BaseModel):
    """A process, told from a later one of the same number by when it began."""

    pid: int
    began: float

    @classmethod
    def of(cls, pid: int) -> "ProcessId | None":
        """None when there is no such process."""
        try:
            return cls(pid=pid, began=psutil.Process(pid).create_time())
        except psutil.NoSuchProcess:
            return None

    def alive(self) -> bool:
        """Whether this very process runs (a zombie does not)."""
        try:
            process = psutil.Process(self.pid)
            same = abs(process.create_time() - self.began) < _CLOCK_SLACK
            return same and process.status() != psutil.STATUS_ZOMBIE
        except psutil.NoSuchProcess:
            return False


class ProgramState(BaseModel):
    """One program of the stack."""

    name: str
    role: str
    port: int | None
    url: str
    probe: str | None
    log: Path
    restarts: int = 0
    process: ProcessId | None = None


class StackState(BaseModel):
    """The whole stack; `steps` are the names of what is done, `running` of what is under way."""

    phase: Phase = "down"
    supervisor: ProcessId | None = None
    error: str | None = None
    ports: dict[str, int] = Field(default_factory=dict)
    total: int = 0
    steps: list[str] = Field(default_factory=list)
    running: list[str] = Field(default_factory=list)
    programs: dict[str, ProgramState] = Field(default_factory=dict)

    def supervised(self) -> bool:
        """Whether the supervisor is alive."""
        return self.supervisor is not None and self.supervisor.alive()

    def leftovers(self) -> list[ProcessId]:
        """Programs that still run."""
        return [p.process for p in self.programs.values() if p.process is not None and p.process.alive()]


class ProgramStatus(BaseModel):
    """One line of `axtech status`. `problem` says why it is not healthy."""

    name: str
    role: str
    pid: int | None
    port: int | None
    url: str
    health: Literal["healthy", "unhealthy", "stopped"]
    restarts: int
    problem: str | None


async def program_status(program: ProgramState) -> ProgramStatus:
    """Ask the program how it is, now."""
    alive = program.process is not None and program.process.alive()
    problem = None if alive else "not running"
    if alive and program.probe:
        problem = await probe(program.probe)
    return ProgramStatus(
        name=program.name,
        role=program.role,
        pid=program.process.pid if alive and program.process else None,
        port=program.port,
        url=program.url,
        health="stopped" if not alive else "unhealthy" if problem else "healthy",
        restarts=program.restarts,
        problem=problem,
    )


def state_file(home: Path) -> Path:
    """Where the state of `home` is written."""
    return home / "state.json"


def read_state(home: Path) -> StackState:
    """The state of `home`; `down` when nothing was ever started."""
    try:
        return StackState.model_validate_json(state_file(home).read_text())
    except FileNotFoundError:
        return StackState()


def write_state(home: Path, state: StackState) -> None:
    """Write it down; it holds an administrator's URL, so for the owner only."""
    write_private(state_file(home), state.model_dump_json(indent=2))


class Lock:
    """Held by the one supervisor of a home for as long as it lives."""

    def __init__(self, home: Path) -> None:
        home.mkdir(parents=True, exist_ok=True)
        self._descriptor = os.open(home / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)

    def acquire(self) -> bool:
        """False when another process holds it."""
        with suppress(BlockingIOError):
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        return False

    def release(self) -> None:
        """Give it up."""
        os.close(self._descriptor)
