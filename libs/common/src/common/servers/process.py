"""One server process: how to start it, whether it lives, how to end it."""

import asyncio
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from common.servers.ports import PortTakenError, is_free
from common.servers.probe import probe

_LOG_LINES = 15
_EXEC = Path(__file__).with_name("exec.py")


class ServerError(RuntimeError):
    """A server died or did not come up; the message ends with its log's last lines."""

    def __init__(self, server: "Server", what: str) -> None:
        self.server = server
        super().__init__(f"{server.name} {what}\n{log_tail(server.log)}".rstrip())


@dataclass(frozen=True)
class Server:
    """What it takes to run one process. `env` adds to the environment; `probe` is a URL, see common.servers.probe."""

    name: str
    argv: tuple[str, ...]
    log: Path
    ports: tuple[int, ...] = ()
    probe: str | None = None
    url: str = ""
    env: Mapping[str, str] = field(default_factory=dict)
    cwd: Path | None = None
    user: str | None = None
    prepare: Callable[[], None] | None = None  # blocking; called before every start, safe to repeat
    stop_signal: signal.Signals = signal.SIGTERM
    death_signal: signal.Signals = signal.SIGKILL  # sent by the kernel when the starter dies
    start_timeout: float = 60
    stop_timeout: float = 15
    litter: tuple[Path, ...] = ()  # files that outlive it, removed after it

    async def problem(self) -> str | None:
        """What keeps it from serving, in words; None when it serves."""
        return await probe(self.probe) if self.probe else None


class Handle(Protocol):
    """What is needed of a started process; `subprocess.Popen` has it."""

    pid: int

    def poll(self) -> int | None:
        """The exit code, negative for a signal; None while it runs."""


class Process:
    """A launched server. It leads its own process group, so a Ctrl-C in the terminal reaches only its starter."""

    def __init__(self, server: Server, handle: Handle) -> None:
        self.server = server
        self._handle = handle

    @property
    def pid(self) -> int:
        """Process id, also the id of its group."""
        return self._handle.pid

    @property
    def exit_code(self) -> int | None:
        """None while it runs; negative for a signal."""
        return self._handle.poll()

    async def exited(self) -> int:
        """Wait for its end; the exit code, negative for a signal."""
        pause = 0.002
        while (code := self.exit_code) is None:  # an exit sets no event
            await asyncio.sleep(pause)
            pause = min(pause * 2, 0.05)
        return code

    async def ready(self) -> None:
        """Wait until it serves; ServerError when it exits first or takes longer than `start_timeout`."""
        server, delay = self.server, 0.02
        deadline = time.monotonic() + server.start_timeout
        while True:
            if self.exit_code is not None:
                raise ServerError(server, f"stopped at start with exit code {self.exit_code}")
            problem = await server.problem()
            if problem is None:
                return
            if time.monotonic() > deadline:
                raise ServerError(server, f"did not come up in {server.start_timeout:.0f} s ({problem})")
            await asyncio.sleep(delay)
            delay = min(delay * 1.5, 0.25)

    async def stop(self) -> None:
        """End it: its stop signal, then, after `stop_timeout`, SIGKILL for it and all it started."""
        if self.exit_code is None:
            os.kill(self.pid, self.server.stop_signal)
            with suppress(TimeoutError):
                await asyncio.wait_for(self.exited(), self.server.stop_timeout)
        kill_group(self.pid)
        await self.exited()
        for path in self.server.litter:
            path.unlink(missing_ok=True)


def launch(server: Server, *, stdin: int = subprocess.DEVNULL, stdout: int | None = None) -> Process:
    """Start the process, its output appended to the log. Call `server.prepare` before. PortTakenError, RuntimeError.

    `stdin` and `stdout` are file descriptors, for who wants to talk with it.
    """
    if threading.current_thread() is not threading.main_thread():
        raise RuntimeError("servers die with the thread that started them: start them from the main thread")
    check_ports(server)
    server.log.parent.mkdir(parents=True, exist_ok=True)
    shim = (sys.executable, "-I", "-S", str(_EXEC), str(int(server.death_signal)), str(os.getpid()), server.user or "")
    with server.log.open("ab") as log:
        popen = subprocess.Popen(  # noqa: S603 - the program is ours
            [*shim, *server.argv],
            env={**os.environ, **server.env},
            cwd=server.cwd,
            stdin=stdin,
            stdout=log if stdout is None else stdout,
            stderr=log,
            start_new_session=True,
        )
    return Process(server, popen)


def check_ports(server: Server) -> None:
    """PortTakenError when a port of the server is in use."""
    for port in server.ports:
        if not is_free(port):
            raise PortTakenError(server.name, port)


def kill_group(group: int) -> None:
    """SIGKILL whatever is left of a process group."""
    try:
        os.killpg(group, signal.SIGKILL)
    except ProcessLookupError:
        return


def log_tail(log: Path, lines: int = _LOG_LINES) -> str:
    """The last lines of a log file, indented; empty when there is none."""
    if not log.exists():
        return ""
    text = log.read_text(errors="replace")
    return "\n".join(f"    {line}" for line in text.splitlines()[-lines:])
