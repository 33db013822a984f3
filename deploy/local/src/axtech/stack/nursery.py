"""`python -m axtech.stack.nursery MODULE...`: loads modules once, then becomes programs that need them, by forking.

The services share most of what they load, which takes several seconds of processor time; so they start from here, and
share that memory. Orders come as JSON lines on standard input, see `Order`; answers go, as JSON lines, to standard
output: `{"began": pid}` to each order in turn, `{"ended": pid, "code": n}` (negative for a signal). It ends, and its
children with it, when the input ends.
"""

import ctypes
import gc
import importlib
import json
import os
import runpy
import select
import signal
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass

PR_SET_PDEATHSIG, PR_SET_NAME = 1, 15


@dataclass(frozen=True)
class Order:
    """`python -m module arguments...`, with more environment, its output appended to `log`."""

    name: str
    module: str
    arguments: list[str]
    environment: dict[str, str]
    directory: str | None
    log: str
    death_signal: int

    def line(self) -> bytes:
        """As it is sent."""
        return json.dumps(asdict(self)).encode() + b"\n"


def main() -> None:
    """Take orders; in a child, carry one out."""
    orders, answers = os.dup(0), os.dup(1)
    os.dup2(2, 1)  # nothing that a module prints is an answer
    for module in sys.argv[1:]:
        importlib.import_module(module)
    gc.collect()
    gc.freeze()  # what is loaded stays shared: the collector of a child leaves it alone
    order = _next_to_become(orders, answers)
    if order is not None:
        sys.argv = [order.module, *order.arguments]
        runpy.run_module(order.module, run_name="__main__", alter_sys=True)


def _next_to_become(orders: int, answers: int) -> Order | None:
    """In a new child the order it is to carry out; in the parent None, when no more orders come."""
    woken, wake = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(wake)
    pending = b""
    while True:
        readable, _, _ = select.select([orders, woken], [], [])
        if woken in readable:
            os.read(woken, 4096)
            for pid, code in _ended():
                _answer(answers, ended=pid, code=code)
        if orders in readable:
            received = os.read(orders, 1 << 16)
            if not received:
                return None
            *lines, pending = (pending + received).split(b"\n")
            for line in lines:
                order, parent = Order(**json.loads(line)), os.getpid()
                pid = os.fork()
                if pid == 0:
                    signal.set_wakeup_fd(-1)
                    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                    for descriptor in (orders, answers, woken, wake):
                        os.close(descriptor)
                    _settle(order, parent)
                    return order
                _answer(answers, began=pid)


def _settle(order: Order, parent: int) -> None:
    """Be a process of one's own: group, life tied to the parent's, output, folder, environment."""
    os.setsid()
    libc = ctypes.CDLL(None, use_errno=True)
    if sys.platform == "linux":
        libc.prctl(PR_SET_PDEATHSIG, order.death_signal, 0, 0, 0)
        libc.prctl(PR_SET_NAME, order.name.encode()[:15], 0, 0, 0)
    if os.getppid() != parent:
        os._exit(1)
    log = os.open(order.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for source, target in ((nothing, 0), (log, 1), (log, 2)):
        os.dup2(source, target)
    os.close(log)
    os.close(nothing)
    os.environ.update(order.environment)
    if order.directory:
        os.chdir(order.directory)


def _ended() -> Iterator[tuple[int, int]]:
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if pid == 0:
            return
        yield pid, os.waitstatus_to_exitcode(status)


def _answer(answers: int, **values: int) -> None:
    os.write(answers, json.dumps(values).encode() + b"\n")


if __name__ == "__main__":
    main()
