"""The command on a whole stack: real servers, gateway and portal, stand-ins for services and simulators."""

import asyncio
import json
import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import psutil
import pytest
from axtech.cli import app
from axtech.stack import control, running
from axtech.stack.plan import Stack
from axtech.stack.ports import DEFAULTS
from axtech.stack.state import read_state
from axtech.stack.supervisor import Task
from common.contracts.map import SERVICES
from common.servers import SeaweedFS, ServerError, free_port, free_ports
from common.servers.ports import is_free
from typer.testing import CliRunner, Result

FAKE_MODULE = Path(__file__).parents[1] / "fake_module.py"
FAKE_STACK = (sys.executable, str(Path(__file__).parents[1] / "fake_stack.py"))


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A home of the test's own, on ports of its own; its stack is ended whatever happens."""
    folder = tmp_path / "home"
    monkeypatch.setenv("AXTECH_HOME", str(folder))
    for name in DEFAULTS:
        port = free_ports(SeaweedFS.PORTS) if name == "seaweedfs" else free_port()
        monkeypatch.setenv(f"AXTECH_PORT_{name.upper()}", str(port))
    yield folder
    control.end(folder)
    axtech("reset", "--yes")


def axtech(*arguments: str) -> Result:
    return CliRunner().invoke(app, arguments)


def statuses() -> dict[str, dict[str, Any]]:
    listed = json.loads(axtech("status", "--json").stdout)
    return {one["name"]: one for one in listed}


def processes(folder: Path) -> list[psutil.Process]:
    """Every process that belongs to the stack of this home, found by its command line or environment."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.pid != os.getpid() and (
                str(folder) in " ".join(process.cmdline()) or process.environ().get("AXTECH_HOME") == str(folder)
            ):
                found.append(process)
        except psutil.Error:
            continue
    return [process for process in found if process.status() != psutil.STATUS_ZOMBIE]


def test_the_stack_comes_up_answers_through_its_gateway_and_goes_down_without_a_trace(home: Path) -> None:
    assert axtech("status").stdout == "The stack is down\n"
    control.detach(home, command=FAKE_STACK)
    listed = statuses()
    assert set(listed) == {
        *SERVICES, "postgres", "nats", "valkey", "seaweedfs", "billing_gateway", "mailbox", "portal", "gateway"
    }  # fmt: skip
    assert set(listed["cases"]) >= {"name", "role", "pid", "port", "url", "health", "restarts"}
    assert {one["health"] for one in listed.values()} == {"healthy"}
    again = axtech("up", "--detach")
    assert (again.exit_code, again.stdout) == (0, f"The stack is up already: {listed['gateway']['url']}\n")

    environment = httpx.get(f"{listed['gateway']['url']}/api/v1/cases").json()["environment"]
    asyncio.run(check_databases(listed["postgres"]["url"], environment["DATABASE_URL"]))
    assert axtech("topology", "apply").exit_code == 0
    assert "a fake service is starting" in axtech("logs", "cases").stdout
    unknown = axtech("logs", "nobody")
    assert unknown.exit_code == 1
    assert "There is no log of nobody. There are: billing, " in unknown.stderr
    assert axtech("token", "--service", "cases").stdout.count(".") == 2
    assert axtech("token", "--service", "nobody").exit_code == 1

    assert processes(home)
    assert axtech("down").stdout == "The stack is down\n"
    assert processes(home) == []
    assert not any(psutil.pid_exists(one["pid"]) for one in listed.values())
    assert all(is_free(one["port"]) for one in listed.values())
    assert axtech("down").stdout == "The stack was not up\n"
    assert axtech("reset", "--yes").exit_code == 0
    assert not home.exists()


async def check_databases(admin_url: str, runtime_url: str) -> None:
    admin = await asyncpg.connect(admin_url)
    names = await admin.fetch("SELECT datname FROM pg_database WHERE datname = ANY($1)", SERVICES)
    assert {row["datname"] for row in names} == set(SERVICES)
    await admin.close()
    runtime = await asyncpg.connect(runtime_url)
    assert await runtime.fetchval("SELECT service FROM migrated") == "cases"
    await runtime.close()


async def test_a_failing_migration_is_shown_with_its_log(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAKE_BROKEN_MIGRATION", "devices")
    stack = Stack(running.places(), python=(sys.executable, str(FAKE_MODULE)))
    migration = next(step for step in stack.steps() if step.name == "migrate devices")
    assert isinstance(migration, Task)
    with pytest.raises(ServerError, match=r"migrate-devices failed\n.*the migration is broken"):
        await migration.run()


def test_a_killed_supervisor_takes_its_programs_along(home: Path) -> None:
    started = ("nats", "valkey", "postgres", "portal")
    control.detach(home, command=(*FAKE_STACK, *started))
    state = read_state(home)
    pids = [one.process.pid for one in state.programs.values() if one.process]
    assert (len(pids), state.supervised()) == (len(started), True)
    assert state.supervisor
    os.kill(state.supervisor.pid, signal.SIGKILL)
    while any(one.process and one.process.alive() for one in state.programs.values()):
        time.sleep(0.02)
    assert processes(home) == []
    assert axtech("status", "--json").stdout == "[]\n"


def test_a_bad_port_is_said_before_anything_starts(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AXTECH_PORT_NATS", "many")
    failed = axtech("up", "--detach")
    assert failed.exit_code == 1
    assert "AXTECH_PORT_NATS must be a port between 1 and 65535, not 'many'" in " ".join(failed.stderr.split())
    monkeypatch.delenv("AXTECH_PORT_NATS")
