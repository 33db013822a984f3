"""How programs are started: each from scratch, or our own ones from a nursery that has loaded what they share."""

import asyncio
import json
import os
import signal
import sys
from collections import deque
from pathlib import Path
from typing import Protocol

import psutil
from common.servers import Process, Server, launch
from common.servers.process import check_ports

from axtech.stack.nursery import Order

SHARED = ("common.runtime", "common.storage")
_UNBUFFERED = {"PYTHONUNBUFFERED": "1"}
_PYTHON = (sys.executable, "-m")


class Launcher(Protocol):
    """Starts processes; all of them have ended when it is closed."""

    async def launch(self, server: Server) -> Process:
        """Start one. PortTakenError."""

    async def close(self) -> None:
        """Let go of what it holds."""


class FromScratch:
    """Every program is a new process."""

    async def launch(self, server: Server) -> Process:
        """Start one. PortTakenError."""
        return launch(server)

    async def close(self) -> None:
        """There is nothing to let go of."""


class Nursery:
    """`python -m MODULE` is forked from a process that has loaded `modules`; the rest is started from scratch.

    Where that process has ended, everything is started from scratch.
    """

    def __init__(self, log: Path, modules: tuple[str, ...] = SHARED) -> None:
        self._server = Server(
            name="nursery", argv=(*_PYTHON, "axtech.stack.nursery", *modules), log=log, env=_UNBUFFERED
        )
        self._process: Process | None = None
        self._orders: asyncio.StreamWriter | None = None
        self._awaited: deque[asyncio.Future[int]] = deque()
        self._ended: dict[int, int] = {}
        self._starting = asyncio.Lock()
        self._listening: asyncio.Task[None] | None = None

    @property
    def alive(self) -> bool:
        """Whether it can be asked for anything."""
        return self._process is not None and self._process.exit_code is None

    async def launch(self, server: Server) -> Process:
        """Start one. PortTakenError."""
        async with self._starting:
            if self._process is None:
                await self._open()
        if server.argv[:2] != _PYTHON or server.user or not self.alive:
            return launch(server)
        check_ports(server)
        server.log.parent.mkdir(parents=True, exist_ok=True)
        return Process(server, _Child(self, await self._order(server)))

    async def close(self) -> None:
        """End it; what it started, and still runs, dies with it."""
        if self._orders:
            self._orders.close()
        if self._process:
            await self._process.stop()
        if self._listening:
            await self._listening

    def exit_code(self, pid: int) -> int | None:
        """How a child ended; None while it runs. Children die with it."""
        if pid not in self._ended and not self.alive and not _runs(pid):
            return -signal.SIGKILL
        return self._ended.get(pid)

    async def _open(self) -> None:
        reading, writing = os.pipe()
        answers, answering = os.pipe()
        self._process = launch(self._server, stdin=reading, stdout=answering)
        os.close(reading)
        os.close(answering)
        loop = asyncio.get_running_loop()
        transport, protocol = await loop.connect_write_pipe(asyncio.streams.FlowControlMixin, os.fdopen(writing, "wb"))
        self._orders = asyncio.StreamWriter(transport, protocol, None, loop)
        reader = asyncio.StreamReader()
        await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(answers, "rb"))
        self._listening = asyncio.create_task(self._listen(reader))

    async def _order(self, server: Server) -> int:
        _, _, module, *arguments = server.argv
        order = Order(
            name=server.name,
            module=module,
            arguments=arguments,
            environment=dict(server.env),
            directory=str(server.cwd) if server.cwd else None,
            log=str(server.log),
            death_signal=int(server.death_signal),
        )
        began: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._awaited.append(began)
        if self._orders:
            self._orders.write(order.line())
        return await began

    async def _listen(self, reader: asyncio.StreamReader) -> None:
        while line := await reader.readline():
            answer = json.loads(line)
            if "began" in answer:
                self._ended.pop(answer["began"], None)  # an earlier child had the same number
                began = self._awaited.popleft()
                if not began.done():
                    began.set_result(answer["began"])
            else:
                self._ended[answer["ended"]] = answer["code"]
        for began in self._awaited:
            if not began.done():
                began.set_exception(ConnectionResetError("the nursery has ended"))


class _Child:
    """A process that the nursery started."""

    def __init__(self, nursery: Nursery, pid: int) -> None:
        self.pid = pid
        self._nursery = nursery

    def poll(self) -> int | None:
        """See `Handle`."""
        return self._nursery.exit_code(self.pid)


def _runs(pid: int) -> bool:
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False
