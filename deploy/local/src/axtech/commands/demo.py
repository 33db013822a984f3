"""`demo`: the main job, watched."""

import asyncio
import os
import time
from typing import TYPE_CHECKING, Annotated, Any

import typer

from axtech.console import err, fail, out, print_json, stack_progress
from axtech.project import home

if TYPE_CHECKING:
    from axtech.demo.cast import Cast
    from axtech.demo.story import Step
    from axtech.stack.environment import Places

commands = typer.Typer()

_PRODUCT = "AX-FRE-200"


@commands.command()
def demo(
    keep: Annotated[bool, typer.Option("--keep", help="Leave a stack that this brought up running.")] = False,
    json: Annotated[bool, typer.Option("--json", help="The steps as a list of objects.")] = False,
) -> None:
    """Watch one wheelchair file go from registration to a repaired chair; exit code 0 when every step was seen done."""
    from axtech.stack import control
    from axtech.stack.running import places

    began = time.monotonic()
    brought_up = _bring_up()
    try:
        done = asyncio.run(_play(places(), quiet=json))
    except KeyboardInterrupt:
        done = None
    finally:
        if brought_up and not keep:
            with stack_progress("stopping") as progress:
                control.end(home(), progress.show)
    if done is None:
        fail("The demonstration did not come to its end")
    if json:
        print_json(done)
        return
    out.print(f"\n[green]Every step was seen done[/] in {time.monotonic() - began:.1f} s")
    if brought_up and not keep:
        out.print("The stack was stopped; `make demo` or `axtech demo --keep` leaves it running to look around")


def _bring_up() -> bool:
    """Bring the stack up; False when it was up already, or is Docker's to bring up."""
    if os.environ.get("AXTECH_STACK") == "compose":
        return False
    from axtech.stack import control
    from axtech.stack.state import read_state

    folder, began = home(), time.monotonic()
    state = read_state(folder)
    if state.supervised() and state.phase == "up":
        return False
    try:
        with stack_progress("starting the stack") as progress:
            if state.supervised():
                control.follow(folder, progress.show, lambda: read_state(folder).supervised())
                return False
            control.detach(folder, progress.show)
    except (control.StackError, ValueError) as error:
        fail(f"The stack did not come up: {error}\nLogs are in {folder / 'logs'}")
    err.print(f"Six services, their servers and the gateway are up in {time.monotonic() - began:.1f} s")
    return True


async def _play(places: "Places", *, quiet: bool) -> list[dict[str, Any]] | None:
    """The steps done, or None when one was not."""
    import httpx

    from axtech.demo.api import NotSeen, Refused
    from axtech.demo.cast import Cast, Setting
    from axtech.demo.people import Sessions
    from axtech.demo.story import STORY
    from axtech.seeding import seed

    def on_wait(text: str) -> None:
        err.print(f"[yellow]{text}")

    done: list[dict[str, Any]] = []
    try:
        with err.status("seeding staff and catalogue"):
            seeded = await seed(places, on_wait)
        setting = Setting(
            gateway=places.url("gateway"),
            mailbox=places.url("mailbox"),
            staff={account["role"]: account for account in seeded["staff"]},
            product=next(product for product in seeded["products"] if product["sku"] == _PRODUCT),
            sessions=Sessions(places.home),
            on_wait=on_wait,
        )
        async with Cast(setting) as cast:
            for number, step in enumerate(STORY, start=1):
                done.append(await _do(number, step, cast, quiet=quiet))
            if not quiet:
                _look(cast, places)
    except (Refused, NotSeen, RuntimeError) as error:
        err.print(f"[red]{error}", markup=True, soft_wrap=True)
        return None
    except httpx.HTTPError as error:
        err.print(f"[red]The gateway does not answer: {type(error).__name__}")
        return None
    return done


async def _do(number: int, step: "Step", cast: "Cast", *, quiet: bool) -> dict[str, Any]:
    began = time.monotonic()
    with err.status(f"{number:2}. {step.title}"):
        happened = await step.run(cast)
    seconds = time.monotonic() - began
    if not quiet:
        out.print(f"[green]✓[/] {number:2}. [bold]{step.title}[/] [dim]({step.who})[/] {seconds:.2f} s")
        for line in happened:
            out.print(f"       {line}", markup=False, soft_wrap=True)
    return {"step": step.title, "who": step.who, "seconds": round(seconds, 3), "happened": happened}


def _look(cast: "Cast", places: "Places") -> None:
    out.print(f"\nTimeline of [bold]{cast.facts.case_number}")
    for item in cast.facts.timeline:
        line = f"{item['occurredAt'][11:23]}  {item['service']:13}  {item['type']:24}  {item['summary']}"
        out.print(line, markup=False, soft_wrap=True)
    gateway = places.url("gateway")
    out.print(
        f"\nWhere to look: the API's documents at [bold]{gateway}/[/], mails at [bold]{places.url('mailbox')}/[/]"
    )
