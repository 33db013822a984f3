"""Free ports, and who holds a taken one."""

import fcntl
import os
import random
import socket
import tempfile
from functools import cache
from pathlib import Path

import psutil

# Below the range the kernel hands out to outgoing connections, so that nobody takes a port between here and its use.
_LOWEST, _HIGHEST = 16_000, 22_000
_handed_out: set[int] = set()


class PortTakenError(RuntimeError):
    """A server's port is in use by another process."""

    def __init__(self, server: str, port: int) -> None:
        self.server, self.port = server, port
        super().__init__(f"{server} cannot start: port {port} is taken by {port_owner(port)}")


def is_free(port: int) -> bool:
    """Whether a server could listen on this port of 127.0.0.1."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def free_ports(count: int) -> int:
    """The first of `count` consecutive free ports; this user's processes hand out no port twice while they live."""
    for _ in range(1000):
        first = random.randint(_LOWEST, _HIGHEST - count)  # noqa: S311 - a port is no secret
        block = range(first, first + count)
        if _handed_out.isdisjoint(block) and all(is_free(port) for port in block) and _reserve(first, count):
            _handed_out.update(block)
            return first
    raise RuntimeError(f"no {count} free ports in a row between {_LOWEST} and {_HIGHEST}")


def _reserve(first: int, count: int) -> bool:
    """Lock these ports' bytes of a file that every process of this user opens; the locks end with the process."""
    try:
        fcntl.lockf(_reservations(), fcntl.LOCK_EX | fcntl.LOCK_NB, count, first)
    except BlockingIOError:
        return False
    return True


def give_back(*ports: int) -> None:
    """Let ports that were handed out here be handed out again."""
    for port in ports:
        fcntl.lockf(_reservations(), fcntl.LOCK_UN, 1, port)
        _handed_out.discard(port)


@cache
def _reservations() -> int:
    path = Path(tempfile.gettempdir()) / f"axtech-ports-{os.getuid()}.lock"
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)


def free_port() -> int:
    """A free port of 127.0.0.1."""
    return free_ports(1)


def port_owner(port: int) -> str:
    """The listening process in words, `name (pid 123)`, as far as this user may see it."""
    try:
        connections = psutil.net_connections(kind="tcp")
    except psutil.AccessDenied:
        connections = []
    for connection in connections:
        listens = connection.status == psutil.CONN_LISTEN and connection.laddr
        if listens and listens.port == port and connection.pid:
            try:
                return f"{psutil.Process(connection.pid).name()} (pid {connection.pid})"
            except psutil.Error:
                return f"pid {connection.pid}"
    return "another process"
