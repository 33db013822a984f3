"""Starting the stack in a process of its own, and ending it, from outside: imports little, to answer fast."""

import os
import signal
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from common.servers.process import kill_group, log_tail

from axtech.stack.state import ProcessId, StackState, read_state, write_state

OnChange = Callable[[StackState], None]

_PATIENCE = 90.0  # seconds for a stack to end by itself
_POLL = 0.05


class StackError(RuntimeError):
    """The stack did not come up; the message says what happened."""


def detach(
    folder: Path,
    on_change: OnChange = lambda _: None,
    command: Sequence[str] = (sys.executable, "-m", "axtech.stack"),
) -> None:
    """Run the stack in a process of its own; returns when it is up. StackError when it does not come up."""
    logs = folder / "logs"
    logs.mkdir(parents=True, exist_ok=True)
    output = logs / "supervisor-output.log"
    actions = [
        (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
        (os.POSIX_SPAWN_OPEN, 1, str(output), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600),
        (os.POSIX_SPAWN_DUP2, 1, 2),
    ]
    # Not subprocess.Popen, which minds that its child outlives it.
    child = os.posix_spawn(command[0], list(command), os.environ, file_actions=actions, setsid=True)
    try:
        follow(folder, on_change, lambda: os.waitpid(child, os.WNOHANG) == (0, 0))
    except KeyboardInterrupt:
        os.kill(child, signal.SIGTERM)
        os.waitpid(child, 0)
        raise
    except StackError as error:
        if read_state(folder).error is None:  # it did not get so far as to say why
            raise StackError(f"{error}\n{log_tail(output)}".rstrip()) from error
        raise


def follow(folder: Path, on_change: OnChange, lives: Callable[[], bool]) -> None:
    """Show the start of a stack that another process makes, until it is up. StackError when that process ends."""
    while True:
        alive, state = lives(), read_state(folder)
        on_change(state)
        if state.phase == "up" and state.supervised():
            return
        if not alive:
            raise StackError(state.error or "the supervisor has ended")
        time.sleep(_POLL)


def end(folder: Path, on_change: OnChange = lambda _: None) -> bool:
    """End the stack of `folder`; False when there was nothing to end."""
    state = read_state(folder)
    was_up = state.supervised()
    if state.supervisor and was_up:
        os.kill(state.supervisor.pid, signal.SIGTERM)
        deadline = time.monotonic() + _PATIENCE
        while state.supervisor.alive() and time.monotonic() < deadline:
            on_change(read_state(folder))
            time.sleep(_POLL)
        if state.supervisor.alive():
            os.kill(state.supervisor.pid, signal.SIGKILL)
        state = read_state(folder)
    left = end_leftovers(state)
    if state.phase != "down":
        write_state(folder, StackState())
    return was_up or left


def end_leftovers(state: StackState) -> bool:
    """Kill programs whose supervisor is gone; False when there were none."""
    left: list[ProcessId] = state.leftovers()
    for process in left:
        kill_group(process.pid)
    return bool(left)
