"""Starts steps in the order their dependencies allow, keeps programs running, ends everything."""

import asyncio
import logging
import os
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from common.servers import PortTakenError, Process, Server, ServerError
from common.servers.running import stop_all

from axtech.stack.launcher import FromScratch, Launcher
from axtech.stack.state import ProcessId, ProgramState, StackState, write_state

log = logging.getLogger(__name__)

_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 15.0  # seconds between an end and the next start
_PROVEN = 60.0  # seconds of life after which the pauses begin anew


@dataclass(frozen=True)
class Program:
    """A step that starts a process, to be kept running."""

    server: Server
    role: str
    after: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The server's name."""
        return self.server.name


@dataclass(frozen=True)
class Task:
    """A step that does something once."""

    name: str
    run: Callable[[], Awaitable[None]]
    after: tuple[str, ...] = ()


Step = Program | Task


class Supervisor:
    """Runs the steps until told to stop. Use from the main thread."""

    def __init__(
        self,
        home: Path,
        steps: Sequence[Step],
        on_change: Callable[[StackState], None] = lambda _: None,
        launcher: Launcher | None = None,
    ) -> None:
        """The launcher is closed at the end of `run`."""
        self._home = home
        self._steps = {step.name: step for step in steps}
        self._levels = _levels(self._steps)
        self._on_change = on_change
        self._launcher = launcher or FromScratch()
        self._processes: dict[str, Process] = {}
        self._stopping = asyncio.Event()
        self.state = StackState(
            supervisor=ProcessId.of(os.getpid()),
            total=len(steps),
            programs={step.name: _described(step) for step in steps if isinstance(step, Program)},
        )

    def stop(self) -> None:
        """Ask `run` to end everything and return; harmless when repeated."""
        self._stopping.set()

    async def run(self) -> None:
        """Bring everything up, keep it up until `stop`, end it. ServerError, PortTakenError and what tasks raise."""
        self._note(phase="starting")
        try:
            if await self._unless_stopped(self._bring_up()):
                self._note(phase="up")
                await self._keep_up()
        except BaseException as error:
            await self._end()
            self._note(phase="failed", error=str(error) or type(error).__name__)
            raise
        await self._end()
        self._note(phase="down")

    async def _unless_stopped(self, work: Awaitable[object]) -> bool:
        """Whether the work was finished before somebody asked to stop."""
        task, stopping = asyncio.ensure_future(work), asyncio.ensure_future(self._stopping.wait())
        try:
            await asyncio.wait({task, stopping}, return_when=asyncio.FIRST_COMPLETED)
            if task.done():
                task.result()
                return True
            return False
        finally:
            for pending in (task, stopping):
                pending.cancel()
            await asyncio.gather(task, stopping, return_exceptions=True)

    async def _bring_up(self) -> None:
        finished = {name: asyncio.Event() for name in self._steps}

        async def take(step: Step) -> None:
            await asyncio.gather(*(finished[name].wait() for name in step.after))
            self.state.running.append(step.name)
            self._note()
            began = time.monotonic()
            if isinstance(step, Program):
                await self._start(step)
            else:
                await step.run()
            self.state.running.remove(step.name)
            self.state.steps.append(step.name)
            finished[step.name].set()
            log.info("%s: ready after %.1f s", step.name, time.monotonic() - began)
            self._note()

        tasks = [asyncio.ensure_future(take(step)) for step in self._steps.values()]
        try:
            await asyncio.gather(*tasks)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _start(self, program: Program) -> None:
        if program.server.prepare:
            await asyncio.to_thread(program.server.prepare)
        process = await self._launcher.launch(program.server)
        self._processes[program.name] = process
        self.state.programs[program.name].process = ProcessId.of(process.pid)
        self._note()
        await process.ready()

    async def _keep_up(self) -> None:
        programs = [step for step in self._steps.values() if isinstance(step, Program)]
        await self._unless_stopped(asyncio.gather(*(self._keep(program) for program in programs)))

    async def _keep(self, program: Program) -> None:
        pause, began = _FIRST_PAUSE, time.monotonic()
        while True:
            process = self._processes[program.name]
            code = await process.exited()
            if time.monotonic() - began > _PROVEN:
                pause = _FIRST_PAUSE
            log.warning("%s ended with exit code %s, starts again in %s s", program.name, code, pause)
            await process.stop()  # whatever it left behind
            await asyncio.sleep(pause)
            pause, began = min(pause * 2, _LONGEST_PAUSE), time.monotonic()
            self.state.programs[program.name].restarts += 1
            try:
                await self._start(program)
            except (ServerError, PortTakenError, OSError) as error:
                log.warning("%s", error)
                await self._processes[program.name].stop()
            else:
                log.info("%s is up again", program.name)

    async def _end(self) -> None:
        """Stop what others need last; nothing is left, whatever happens on the way."""
        self._note(phase="stopping")
        for level in sorted(set(self._levels.values()), reverse=True):
            names = [name for name in self._processes if self._levels[name] == level]
            began = time.monotonic()
            await asyncio.shield(stop_all(self._processes[name] for name in names))
            for name in names:
                self.state.programs[name].process = None
            if names:
                log.info("%s: stopped after %.1f s", ", ".join(names), time.monotonic() - began)
            self._note()
        await asyncio.shield(self._launcher.close())

    def _note(self, **changes: object) -> None:
        for name, value in changes.items():
            setattr(self.state, name, value)
        write_state(self._home, self.state)
        self._on_change(self.state)


def _described(program: Program) -> ProgramState:
    server = program.server
    return ProgramState(
        name=program.name,
        role=program.role,
        port=server.ports[0] if server.ports else None,
        url=server.url,
        probe=server.probe,
        log=server.log,
    )


def _levels(steps: dict[str, Step]) -> dict[str, int]:
    """How many steps, at most, must come before each. ValueError for a circle, KeyError for an unknown name."""
    levels: dict[str, int] = {}

    def level(name: str, above: tuple[str, ...]) -> int:
        if name in above:
            raise ValueError(f"steps wait for each other: {' -> '.join((*above, name))}")
        if name not in levels:
            levels[name] = max((level(before, (*above, name)) + 1 for before in steps[name].after), default=0)
        return levels[name]

    for name in steps:
        level(name, ())
    return levels
