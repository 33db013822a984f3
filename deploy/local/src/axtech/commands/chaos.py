"""`chaos`: the fault suite."""

import asyncio
import secrets
from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

from axtech.console import err, fail, out, print_json, stack_progress

if TYPE_CHECKING:
    from axtech.chaos.faults import Fault
    from axtech.chaos.platform import Platform

commands = typer.Typer()

_HEADINGS = ("fault", "journeys", "lost", "doubled", "disagreeing", "recovered in", "calls made again", "")


@commands.command()
def chaos(
    seed: Annotated[int | None, typer.Option(help="Repeats a run; by chance unless given.")] = None,
    only: Annotated[list[str] | None, typer.Option(help="Faults whose names contain this; all by default.")] = None,
    journeys: Annotated[int, typer.Option(min=1, help="Files under way while each fault strikes.")] = 4,
    keep: Annotated[bool, typer.Option("--keep", help="Leave the platform's data and logs when it ends.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="An object.")] = False,
) -> None:
    """Break the platform under load, in a stack of its own, and see that nothing is lost and nothing doubled.

    For each fault: were all accepted calls carried out, once, in every service? Exit code 1 when not.
    """
    from axtech.chaos import faults, platform
    from axtech.stack.control import StackError

    seed = secrets.randbelow(10**6) if seed is None else seed
    try:
        chosen = faults.chosen(only or [])
        err.print(f"seed {seed}; {len(chosen)} faults, {journeys} journeys each")
        with stack_progress("starting a stack") as progress:
            context = platform.running(progress.show, lambda text: err.print(f"[yellow]{text}"), keep=keep)
            broken = context.__enter__()
        try:
            outcomes = asyncio.run(_strike_all(broken, chosen, seed, journeys))
        finally:
            with err.status("stopping the stack"):
                context.__exit__(None, None, None)
    except (StackError, ValueError) as error:
        fail(str(error))
    if as_json:
        print_json({"seed": seed, "outcomes": outcomes})
    else:
        out.print(_table(outcomes))
        out.print(f"seed {seed}")
    if len(outcomes) < len(chosen) or not all(outcome["sound"] for outcome in outcomes):
        raise typer.Exit(1)


async def _strike_all(
    platform: "Platform", faults: "Iterable[Fault]", seed: int, journeys: int
) -> list[dict[str, Any]]:
    from axtech.chaos.platform import NotWhole
    from axtech.chaos.run import strike

    outcomes = []
    for fault in faults:
        try:
            with err.status(fault.name) as status:
                outcome = await strike(
                    platform,
                    fault,
                    seed=seed,
                    journeys=journeys,
                    on_progress=lambda text, name=fault.name: status.update(f"[bold]{name}[/] {text}"),  # type: ignore[misc]
                )
        except NotWhole as error:  # nothing more is learned from a platform that an earlier fault left broken
            err.print(f"{fault.name} was not tried, nor what comes after it: {error}", markup=False, soft_wrap=True)
            break
        err.print(f"{'[green]✓' if outcome.sound else '[red]✗'}[/] {fault.name} ({outcome.recovered_in} s)")
        for problem in outcome.problems:
            err.print(f"    {problem}", markup=False, soft_wrap=True)
        outcomes.append(outcome.as_json())
    return outcomes


def _table(outcomes: list[dict[str, Any]]) -> Table:
    table = Table(box=None, pad_edge=False)
    for heading in _HEADINGS:
        table.add_column(heading, justify="left" if heading in {"fault", ""} else "right")
    for one in outcomes:
        recovered = "never" if one["recovered_in"] is None else f"{one['recovered_in']:.1f} s"
        numbers = (one["journeys"], one["lost"], one["doubled"], one["disagreeing"])
        verdict = "[green]sound" if one["sound"] else "[red]not sound"
        table.add_row(one["fault"], *map(str, numbers), recovered, str(one["calls_again"]), verdict)
    return table
