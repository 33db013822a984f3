"""Running the stack in this process."""

import asyncio
import logging
import signal
from collections.abc import Sequence
from pathlib import Path

from axtech.project import home
from axtech.stack.control import OnChange, end_leftovers
from axtech.stack.environment import Places
from axtech.stack.launcher import Nursery
from axtech.stack.plan import Stack
from axtech.stack.ports import ports
from axtech.stack.secrets import load_secrets
from axtech.stack.state import Lock, read_state
from axtech.stack.supervisor import Step, Supervisor


class AlreadyRunningError(RuntimeError):
    """Another process supervises this home."""


def places() -> Places:
    """Where the parts of this machine's stack are: as it runs, or as it would be started now."""
    folder = home()
    state = read_state(folder)
    return Places(folder, state.ports if state.supervised() else ports(), load_secrets(folder))


def supervise(on_change: OnChange = lambda _: None) -> None:
    """Run the stack until a signal, in this process. AlreadyRunningError, ServerError, PortTakenError, ValueError."""
    folder = home()
    stack = Stack(Places(folder, ports(), load_secrets(folder)), Nursery(folder / "logs/nursery.log"))
    keep_running(stack, stack.steps(), on_change)


def keep_running(stack: Stack, steps: Sequence[Step], on_change: OnChange = lambda _: None) -> None:
    """`supervise` for a stack, or steps, of one's own."""
    folder = stack.places.home
    lock = Lock(folder)
    if not lock.acquire():
        raise AlreadyRunningError(f"another process supervises {folder}")
    try:
        end_leftovers(read_state(folder))
        rotate_logs(folder)
        _log_to(folder / "logs/supervisor.log")
        asyncio.run(_until_signal(stack, steps, on_change))
    finally:
        lock.release()


async def _until_signal(stack: Stack, steps: Sequence[Step], on_change: OnChange) -> None:
    supervisor = Supervisor(stack.places.home, steps, on_change, stack.launcher)
    supervisor.state.ports = dict(stack.places.ports)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, supervisor.stop)
    await supervisor.run()


def rotate_logs(folder: Path) -> None:
    """Start the logs anew, keeping those of the last time."""
    for log in (folder / "logs").glob("*.log"):
        if log.name != "supervisor-output.log":
            log.replace(log.with_name(f"{log.name}.previous"))


def _log_to(file: Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    handler = logging.FileHandler(file)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    logger = logging.getLogger("axtech.stack")
    logger.handlers, logger.propagate = [handler], False
    logger.setLevel(logging.INFO)
