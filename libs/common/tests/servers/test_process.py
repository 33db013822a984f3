"""Starting, failing, stopping: on small programs of our own."""

import os
import signal
import socket
import subprocess
import sys
import textwrap
from pathlib import Path

import psutil
import pytest
from common.servers import PortTakenError, Server, ServerError, free_port, free_ports, give_back, launch, run, start
from common.servers.ports import is_free

WEB_SERVER = """
import http.server, sys
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.send_header("Content-Length", "0"); self.end_headers()
http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
"""


def python(tmp_path: Path, code: str, *arguments: str, name: str = "fake", **options: object) -> Server:
    argv = (sys.executable, "-u", "-c", textwrap.dedent(code), *arguments)
    return Server(name=name, argv=argv, log=tmp_path / f"{name}.log", **options)  # type: ignore[arg-type]


def web_server(tmp_path: Path, name: str = "fake") -> Server:
    port = free_port()
    return python(tmp_path, WEB_SERVER, str(port), name=name, ports=(port,), probe=f"http://127.0.0.1:{port}/")


async def test_servers_answer_inside_the_block_and_are_gone_after_it(tmp_path: Path) -> None:
    first, second = web_server(tmp_path, "first"), web_server(tmp_path, "second")
    async with run([first, second]) as running:
        assert await first.problem() is None
        assert await second.problem() is None
        pids = [running["first"].pid, running["second"].pid]
    assert not any(psutil.pid_exists(pid) for pid in pids)
    assert all(is_free(port) for port in (*first.ports, *second.ports))


def test_plain_code_can_start_and_stop_too(tmp_path: Path) -> None:
    server = web_server(tmp_path)
    running = start([server])
    assert running["fake"].exit_code is None
    running.stop()
    assert running["fake"].exit_code == -signal.SIGTERM


async def test_a_server_that_dies_at_start_shows_the_end_of_its_log_and_takes_the_others_down(tmp_path: Path) -> None:
    sound = web_server(tmp_path, "sound")
    broken = python(tmp_path, "import sys; sys.exit('the disk is on fire')", name="broken", probe="http://127.0.0.1:9/")
    with pytest.raises(ServerError, match=r"broken stopped at start with exit code 1\n.*the disk is on fire"):
        async with run([sound, broken]):
            pytest.fail("came up")
    assert is_free(sound.ports[0])


async def test_a_server_that_never_answers_says_what_was_missing(tmp_path: Path) -> None:
    deaf = python(tmp_path, "import time; time.sleep(600)", probe=f"http://127.0.0.1:{free_port()}/", start_timeout=0.3)
    with pytest.raises(ServerError, match=r"fake did not come up in 0 s \(ConnectionRefusedError"):
        async with run([deaf]):
            pytest.fail("came up")


async def test_a_program_that_does_not_exist_is_named(tmp_path: Path) -> None:
    server = Server(name="ghost", argv=("/nonexistent/ghost",), log=tmp_path / "ghost.log", probe="http://127.0.0.1:9/")
    with pytest.raises(ServerError, match="/nonexistent/ghost: No such file"):
        async with run([server]):
            pytest.fail("came up")


def test_a_taken_port_is_named_with_its_owner(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as holder:
        port = holder.getsockname()[1]
        expected = rf"fake cannot start: port {port} is taken by \S+ \(pid {os.getpid()}\)"
        with pytest.raises(PortTakenError, match=expected):
            launch(python(tmp_path, "", ports=(port,)))


async def test_stopping_ends_what_the_server_started_even_if_it_ignores_the_signal(tmp_path: Path) -> None:
    stubborn = python(
        tmp_path,
        """
        import signal, subprocess, sys, time
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        print(subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"]).pid)
        time.sleep(600)
        """,
        stop_timeout=0.2,
    )
    async with run([stubborn]) as running:
        while not stubborn.log.read_text().endswith("\n"):
            os.sched_yield()
        pid = running["fake"].pid
        grandchild = psutil.Process(int(stubborn.log.read_text()))
    assert not psutil.pid_exists(pid)
    while grandchild.is_running() and grandchild.status() != psutil.STATUS_ZOMBIE:
        os.sched_yield()  # the kernel is about to deliver the signal


def test_a_server_dies_with_the_process_that_started_it(tmp_path: Path) -> None:
    code = f"""
        import os, signal, sys
        from pathlib import Path
        from common.servers import Server, start
        sleeper = (sys.executable, "-c", "import time; time.sleep(600)")
        server = Server(name="orphan", argv=sleeper, log=Path({str(tmp_path / "orphan.log")!r}))
        print(start([server]).processes[0].pid, flush=True)
        os.kill(os.getpid(), signal.SIGKILL)
    """
    parent = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)], check=False, capture_output=True, text=True, timeout=30
    )
    assert parent.returncode == -signal.SIGKILL
    try:
        psutil.Process(int(parent.stdout)).wait(timeout=10)
    except psutil.NoSuchProcess:
        return


async def test_litter_is_swept_up(tmp_path: Path) -> None:
    litter = tmp_path / "left.sock"
    async with run([python(tmp_path, "import time; time.sleep(600)", litter=(litter,))]):
        litter.touch()
    assert not litter.exists()


def test_free_ports_are_consecutive_free_and_never_handed_out_twice() -> None:
    blocks = [range(first, first + 5) for first in (free_ports(5) for _ in range(20))]
    ports = [port for block in blocks for port in block]
    assert len(set(ports)) == 100
    assert all(is_free(port) for port in ports)


def test_another_process_is_never_handed_the_same_ports() -> None:
    code = "from common.servers import free_ports; print(*(free_ports(5) for _ in range(40))); input()"
    mine = {port for first in (free_ports(5) for _ in range(40)) for port in range(first, first + 5)}
    other = subprocess.run([sys.executable, "-c", code], check=True, input="\n", capture_output=True, text=True)
    theirs = {port for first in map(int, other.stdout.split()) for port in range(first, first + 5)}
    give_back(*mine)
    assert len(theirs) == 200
    assert mine.isdisjoint(theirs)


def test_ports_given_back_may_be_handed_out_again() -> None:
    port = free_port()
    give_back(port)
    code = f"from common.servers.ports import _reserve; print(_reserve({port}, 1))"
    other = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert other.stdout == "True\n"
