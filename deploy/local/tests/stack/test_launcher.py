"""Programs started from the nursery, compared with what a start from scratch would do."""

import json
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import psutil
import pytest
from axtech.stack.launcher import Nursery
from common.servers import PortTakenError, Process, Server, free_port

PROGRAM = """
import json, os, signal, sys, time, threading, random
from common.ids import new_id
print(json.dumps({
    "argv": sys.argv[1:], "name": __name__, "file": __file__, "mine": os.environ.get("MINE"), "cwd": os.getcwd(),
    "group": os.getpgrp() == os.getpid(), "ids": [str(new_id()) for _ in range(50)], "random": random.random(),
    "threads": threading.active_count(), "stdin": sys.stdin.read(), "term": signal.getsignal(signal.SIGTERM) == 0,
}))
if "sleep" in sys.argv:
    time.sleep(600)
if "raise" in sys.argv:
    raise ValueError("nothing works")
sys.exit(int(sys.argv[1]))
"""


@pytest.fixture
async def nursery(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Nursery]:
    (tmp_path / "program.py").write_text(PROGRAM)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    nursery = Nursery(tmp_path / "nursery.log", ("json", "common.ids"))
    yield nursery
    await nursery.close()


def program(tmp_path: Path, *arguments: str, log: str = "program", **options: object) -> Server:
    argv = (sys.executable, "-m", "program", *arguments)
    return Server(name="program", argv=argv, log=tmp_path / f"{log}.log", **options)  # type: ignore[arg-type]


async def finish(process: Process) -> tuple[int, dict[str, object]]:
    code = await process.exited()
    return code, json.loads(process.server.log.read_text().splitlines()[0])


async def test_a_forked_program_runs_as_python_m_would_run_it(nursery: Nursery, tmp_path: Path) -> None:
    server = program(tmp_path, "7", "--flag", env={"MINE": "yes"}, cwd=tmp_path)
    code, seen = await finish(await nursery.launch(server))
    assert code == 7
    assert (seen["argv"], seen["name"], seen["mine"]) == (["7", "--flag"], "__main__", "yes")
    assert (seen["file"], seen["cwd"]) == (str(tmp_path / "program.py"), str(tmp_path))
    assert (seen["group"], seen["threads"], seen["stdin"], seen["term"]) == (True, 1, "", True)


async def test_forked_programs_share_no_randomness(nursery: Nursery, tmp_path: Path) -> None:
    seen = [(await finish(await nursery.launch(program(tmp_path, "0", log=log))))[1] for log in ("a", "b", "c")]
    assert len({one["random"] for one in seen}) == 3
    ids = [identifier for one in seen for identifier in one["ids"]]  # type: ignore[attr-defined]
    assert len(set(ids)) == 150


async def test_an_exception_ends_in_the_log_and_a_signal_in_the_exit_code(nursery: Nursery, tmp_path: Path) -> None:
    failed = await nursery.launch(program(tmp_path, "raise", log="failed"))
    assert await failed.exited() == 1
    assert "ValueError: nothing works" in failed.server.log.read_text()
    sleeper = await nursery.launch(program(tmp_path, "sleep", log="sleeper"))
    assert sleeper.exit_code is None
    await sleeper.stop()
    assert sleeper.exit_code == -signal.SIGTERM


async def test_a_taken_port_is_refused_before_the_fork(nursery: Nursery, tmp_path: Path) -> None:
    port = free_port()
    with socket.create_server(("127.0.0.1", port)), pytest.raises(PortTakenError):
        await nursery.launch(program(tmp_path, "0", ports=(port,)))


async def test_when_the_nursery_is_killed_its_children_go_and_new_ones_start_from_scratch(
    nursery: Nursery, tmp_path: Path
) -> None:
    sleeper = await nursery.launch(program(tmp_path, "sleep", log="sleeper"))
    parent = psutil.Process(sleeper.pid).parent()
    assert parent is not None
    assert parent.pid != os.getpid()
    parent.kill()
    assert await sleeper.exited() == -signal.SIGKILL
    replacement = await nursery.launch(program(tmp_path, "sleep", log="replacement"))
    assert psutil.Process(replacement.pid).ppid() == os.getpid()
    await replacement.stop()


async def test_closing_the_nursery_ends_what_it_started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "program.py").write_text(PROGRAM)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    nursery = Nursery(tmp_path / "nursery.log", ())
    sleeper = await nursery.launch(program(tmp_path, "sleep"))
    await nursery.close()
    assert await sleeper.exited() == -signal.SIGKILL
