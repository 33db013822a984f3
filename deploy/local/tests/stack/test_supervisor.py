"""The supervisor, on stand-in programs."""

import asyncio
import socket
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import psutil
import pytest
from axtech.stack.state import StackState, program_status, read_state
from axtech.stack.supervisor import Program, Step, Supervisor, Task
from common.servers import PortTakenError, Server, ServerError, free_port
from common.servers.ports import is_free

FAKE_SERVICE = Path(__file__).parents[1] / "fake_service.py"


def program(home: Path, name: str, *after: str, port: int | None = None, arguments: tuple[str, ...] = ()) -> Program:
    port = port or free_port()
    url = f"http://127.0.0.1:{port}"
    server = Server(
        name=name,
        argv=(sys.executable, str(FAKE_SERVICE), "--port", str(port), *arguments),
        log=home / "logs" / f"{name}.log",
        ports=(port,),
        probe=f"{url}/health/ready",
        url=url,
    )
    return Program(server, "all", after)


async def nothing() -> None:
    return None


@asynccontextmanager
async def running(home: Path, steps: list[Step]) -> AsyncIterator[Supervisor]:
    up = asyncio.Event()
    supervisor = Supervisor(home, steps, lambda state: up.set() if state.phase == "up" else None)
    task = asyncio.create_task(supervisor.run())
    first = asyncio.create_task(up.wait())
    await asyncio.wait({task, first}, return_when=asyncio.FIRST_COMPLETED)
    first.cancel()
    try:
        if task.done():
            task.result()
        yield supervisor
    finally:
        supervisor.stop()
        await task


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(20):
        while not await condition():  # noqa: ASYNC110 - other processes set no event
            await asyncio.sleep(0.05)


async def test_steps_wait_for_what_they_need_and_nothing_is_left_after_the_end(tmp_path: Path) -> None:
    seen: list[str] = []

    async def migrate() -> None:
        assert is_free(api.server.ports[0])
        assert not is_free(database.server.ports[0])
        seen.append("migrated")

    database = program(tmp_path, "database")
    api = program(tmp_path, "api", "migrate")
    steps: list[Step] = [api, Task("migrate", migrate, after=("database",)), database]
    async with running(tmp_path, steps) as supervisor:
        assert seen == ["migrated"]
        assert supervisor.state.steps == ["database", "migrate", "api"]
        state = read_state(tmp_path)
        assert (state.phase, state.supervised()) == ("up", True)
        statuses = [await program_status(one) for one in state.programs.values()]
        assert [(one.name, one.role, one.health, one.restarts) for one in statuses] == [
            ("api", "all", "healthy", 0),
            ("database", "all", "healthy", 0),
        ]
        pids = [one.pid for one in statuses if one.pid]
        assert len(pids) == 2
    assert not any(psutil.pid_exists(pid) for pid in pids)
    assert read_state(tmp_path).phase == "down"
    assert "a fake service is starting" in api.server.log.read_text()


async def test_a_program_that_crashes_is_started_again_and_counted(tmp_path: Path) -> None:
    api, other = program(tmp_path, "api"), program(tmp_path, "other")
    async with running(tmp_path, [api, other]) as supervisor, httpx.AsyncClient() as client:
        before = supervisor.state.programs["api"].process
        with pytest.raises(httpx.RemoteProtocolError):
            await client.get(f"{api.server.url}/api/v1/cases/crash")

        async def healthy_again() -> bool:
            one = await program_status(read_state(tmp_path).programs["api"])
            return one.restarts == 1 and one.health == "healthy"

        await until(healthy_again)
        assert supervisor.state.programs["api"].process != before
        assert supervisor.state.programs["other"].restarts == 0


async def test_a_program_that_hangs_shows_as_unhealthy_in_the_status(tmp_path: Path) -> None:
    api = program(tmp_path, "api")
    async with running(tmp_path, [api]) as supervisor:
        process = supervisor.state.programs["api"].process
        assert process is not None
        psutil.Process(process.pid).suspend()
        status = await program_status(supervisor.state.programs["api"])
        assert (status.health, status.pid) == ("unhealthy", process.pid)
        assert "Timeout" in (status.problem or "")
        psutil.Process(process.pid).resume()


async def test_a_taken_port_ends_the_start_names_it_and_leaves_nothing(tmp_path: Path) -> None:
    sound = program(tmp_path, "sound")
    with socket.create_server(("127.0.0.1", 0)) as holder:
        port = holder.getsockname()[1]
        with pytest.raises(PortTakenError, match=rf"unlucky cannot start: port {port} is taken by"):
            async with running(tmp_path, [sound, program(tmp_path, "unlucky", port=port)]):
                pytest.fail("came up")
    state = read_state(tmp_path)
    assert state.phase == "failed"
    assert str(port) in (state.error or "")
    assert is_free(sound.server.ports[0])


async def test_a_program_that_dies_at_start_ends_the_start_with_its_log(tmp_path: Path) -> None:
    broken = program(tmp_path, "broken", arguments=("--no-such-option",))
    with pytest.raises(ServerError, match="broken stopped at start with exit code 2"):
        async with running(tmp_path, [broken]):
            pytest.fail("came up")
    assert "--no-such-option" in (read_state(tmp_path).error or "")


async def test_a_task_that_fails_ends_the_start(tmp_path: Path) -> None:
    async def fail() -> None:
        raise ValueError("no migration today")

    database = program(tmp_path, "database")
    steps: list[Step] = [database, Task("migrate", fail, ("database",)), program(tmp_path, "api", "migrate")]
    with pytest.raises(ValueError, match="no migration today"):
        async with running(tmp_path, steps):
            pytest.fail("came up")
    assert is_free(database.server.ports[0])


async def test_a_stop_during_the_start_ends_it_quietly(tmp_path: Path) -> None:
    slow = program(tmp_path, "slow", arguments=("--start-after", "600"))
    begun = asyncio.Event()

    def note(state: StackState) -> None:
        if state.programs["slow"].process:
            begun.set()

    supervisor = Supervisor(tmp_path, [slow], note)
    task = asyncio.create_task(supervisor.run())
    await begun.wait()
    process = supervisor.state.programs["slow"].process
    supervisor.stop()
    await task
    assert process is not None
    assert not process.alive()
    assert read_state(tmp_path).phase == "down"


def test_steps_that_wait_for_each_other_or_for_nobody_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="a -> b -> a"):
        Supervisor(tmp_path, [Task("a", nothing, ("b",)), Task("b", nothing, ("a",))])
    with pytest.raises(KeyError, match="missing"):
        Supervisor(tmp_path, [Task("a", nothing, ("missing",))])
