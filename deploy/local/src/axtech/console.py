"""How commands speak: results to standard output, progress and errors to standard error."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NoReturn

import typer
from rich.console import Console
from rich.status import Status
from rich.text import Text

if TYPE_CHECKING:
    from axtech.stack.state import StackState


out = Console(highlight=False)
err = Console(stderr=True, highlight=False)


def print_json(value: Any) -> None:
    """Plain JSON, never wrapped or coloured."""
    sys.stdout.write(json.dumps(value, indent=2, ensure_ascii=False) + "\n")


def fail(message: str) -> NoReturn:
    """Say what went wrong and end with exit code 1."""
    err.print(Text(message, style="red"), soft_wrap=True)
    raise typer.Exit(1)


class StackProgress:
    """The start or end of the stack on one line; without a terminal, a line for each program."""

    def __init__(self, status: Status) -> None:
        self._status = status
        self._done: set[str] = set()
        self._restarts: dict[str, int] = {}

    def show(self, state: "StackState") -> None:
        """Take in what changed."""
        if err.is_terminal:
            self._status.update(_line(state))
        else:
            for step in state.steps:
                if step not in self._done:
                    err.print(f"{step} ready")
        self._done.update(state.steps)
        for program in state.programs.values():
            if program.restarts > self._restarts.get(program.name, 0):
                err.print(f"[yellow]{program.name} ended and was started again ({program.restarts})")
            self._restarts[program.name] = program.restarts


def _line(state: "StackState") -> Text:
    if state.phase == "stopping":
        names = [program.name for program in state.programs.values() if program.process]
        return Text.assemble(("stopping ", "bold"), (", ".join(names), "yellow"))
    if state.phase == "up":
        return Text("up; Ctrl-C ends it", style="green")
    counter = f"{len(state.steps)}/{state.total} " if state.total else ""
    return Text.assemble((counter, "bold"), (", ".join(state.running), "cyan"))


@contextmanager
def stack_progress(title: str) -> Iterator[StackProgress]:
    """Show a stack's progress while inside."""
    with err.status(title, spinner="dots") as status:
        yield StackProgress(status)
