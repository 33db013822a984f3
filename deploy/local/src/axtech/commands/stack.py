"""`up`, `down`, `status`, `logs`, `reset`."""

import asyncio
import shutil
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from axtech.console import err, fail, out, print_json, stack_progress
from axtech.project import ROOT, home

if TYPE_CHECKING:
    from axtech.stack.control import OnChange
    from axtech.stack.state import ProgramStatus, StackState

commands = typer.Typer()

_COLOURS = {"healthy": "green", "unhealthy": "red", "stopped": "yellow"}


@commands.command()
def up(
    detach: Annotated[bool, typer.Option("--detach", "-d", help="Return when it is up, leaving it running.")] = False,
) -> None:
    """Start the whole platform on this machine."""
    from axtech.stack import control
    from axtech.stack.ports import ports
    from axtech.stack.state import read_state

    folder, began = home(), time.monotonic()
    state = read_state(folder)
    if state.supervised() and state.phase == "up":
        out.print(f"The stack is up already: {_gateway(state)}")
        return
    try:
        with stack_progress("starting") as progress:
            if state.supervised():
                control.follow(folder, progress.show, lambda: read_state(folder).supervised())
            elif detach:
                ports()  # a bad one is said at once
                control.detach(folder, progress.show)
            else:
                _supervise(_announcing(progress.show, began))
                return
    except KeyboardInterrupt:
        fail("interrupted; everything was stopped")
    except (control.StackError, ValueError) as error:
        fail(f"The stack did not come up: {error}\nLogs are in {folder / 'logs'}")
    _announce(read_state(folder), began)


def _supervise(on_change: "OnChange") -> None:
    from common.servers import PortTakenError, ServerError

    from axtech.stack import running
    from axtech.stack.control import StackError

    try:
        running.supervise(on_change)
    except (running.AlreadyRunningError, PortTakenError, ServerError) as error:
        raise StackError(str(error)) from error


def _announcing(show: "OnChange", began: float) -> "OnChange":
    announced = False

    def on_change(state: "StackState") -> None:
        nonlocal announced
        show(state)
        if state.phase == "up" and not announced:
            announced = True
            _announce(state, began)

    return on_change


def _announce(state: "StackState", began: float) -> None:
    out.print(f"[green]Up[/] in {time.monotonic() - began:.1f} s: [bold]{_gateway(state)}")


def _gateway(state: "StackState") -> str:
    gateway = state.programs.get("gateway")
    return gateway.url if gateway else "without a gateway"


@commands.command()
def down() -> None:
    """Stop the platform; its data stays."""
    from axtech.stack import control

    with stack_progress("stopping") as progress:
        ended = control.end(home(), progress.show)
    out.print("The stack is down" if ended else "The stack was not up")


@commands.command()
def status(json: Annotated[bool, typer.Option("--json", help="A list of objects.")] = False) -> None:
    """What runs, where, and how it is right now."""
    from axtech.stack.state import read_state

    state = read_state(home())
    statuses = asyncio.run(_statuses(state)) if state.supervised() else []
    if json:
        print_json([status.model_dump() for status in statuses])
    elif statuses:
        out.print(_table(statuses))
    else:
        out.print("The stack is down" + (f": {state.error}" if state.error else ""))


async def _statuses(state: "StackState") -> "list[ProgramStatus]":
    from axtech.stack.state import program_status

    return list(await asyncio.gather(*(program_status(program) for program in state.programs.values())))


def _table(statuses: "list[ProgramStatus]") -> Table:
    table = Table(box=None, pad_edge=False)
    for heading in ("name", "role", "pid", "port", "health", "restarts", ""):
        table.add_column(heading, justify="right" if heading in {"pid", "port", "restarts"} else "left")
    for one in statuses:
        colour = _COLOURS[one.health]
        row = (one.name, one.role, str(one.pid or ""), str(one.port or ""), f"[{colour}]{one.health}")
        table.add_row(*row, str(one.restarts), one.problem or "")
    return table


@commands.command()
def logs(
    name: Annotated[str, typer.Argument(help="A program, as `axtech status` names it, or `supervisor`.")],
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on as it grows.")] = False,
    lines: Annotated[int, typer.Option("--lines", "-n", min=0, help="How many of the last lines.")] = 100,
) -> None:
    """Show a program's log."""
    folder = home() / "logs"
    known = sorted(path.stem for path in folder.glob("*.log"))
    if name not in known:
        fail(f"There is no log of {name}. " + (f"There are: {', '.join(known)}" if known else "Nothing ran yet."))
    file = folder / f"{name}.log"
    sys.stdout.write("".join(file.read_text(errors="replace").splitlines(keepends=True)[-lines:] if lines else []))
    sys.stdout.flush()
    if follow:
        _follow(file)


def _follow(file: Path) -> None:
    position = file.stat().st_size
    try:
        while True:
            time.sleep(0.2)
            size = file.stat().st_size if file.exists() else 0
            position = min(position, size)  # shorter: a new log began
            if size > position:
                with file.open("rb") as handle:
                    handle.seek(position)
                    sys.stdout.write(handle.read().decode(errors="replace"))
                sys.stdout.flush()
                position = size
    except KeyboardInterrupt:
        return


@commands.command()
def reset(
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Stop the platform and forget all its data, logs and secrets."""
    from axtech.stack import control
    from axtech.stack.plan import Stack
    from axtech.stack.running import places

    folder = home()
    if not (folder / "secrets.json").exists() or folder in {ROOT, *ROOT.parents, Path.home()}:
        out.print("There is nothing to forget")
        return
    if not yes and sys.stdin.isatty():
        typer.confirm(f"Forget everything under {folder}?", abort=True)
    with stack_progress("stopping") as progress:
        control.end(folder, progress.show)
    Stack(places()).erase()
    shutil.rmtree(folder)
    err.print(f"Forgot {folder}")
