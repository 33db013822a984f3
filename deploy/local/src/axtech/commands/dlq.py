"""`dlq list|show|replay|discard`: messages that no retry would help."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Annotated, Any, TypeVar
from uuid import UUID

import typer
from rich.table import Table

from axtech.console import err, fail, out, print_json

if TYPE_CHECKING:
    import asyncpg

T = TypeVar("T")

commands = typer.Typer(name="dlq", help="Messages that no retry would help.", no_args_is_help=True)

Service = Annotated[
    str | None,
    typer.Option("--service", "-s", help="Of one service; all by default. DATABASE_URL goes first."),
]
Id = Annotated[UUID, typer.Argument(help="As `dlq list` shows it.")]


@commands.command("list")
def list_letters(
    service: Service = None, json: Annotated[bool, typer.Option("--json", help="A list of objects.")] = False
) -> None:
    """Show what waits for a decision, oldest first."""
    from common.events import operations

    async def read(connection: "asyncpg.Connection") -> list[dict[str, Any]]:
        return await operations.waiting(connection)

    found = [{"service": name, **letter} for name, letters in _in_each(service, read) for letter in letters]
    if json:
        print_json([{key: str(value) for key, value in letter.items()} for letter in found])
        return
    table = Table("id", "service", "consumer", "subject", "reason", "error", box=None, pad_edge=False)
    for letter in found:
        table.add_row(
            str(letter["id"]),
            letter["service"],
            letter["consumer"],
            letter["subject"],
            letter["reason"],
            letter["error"],
        )
    out.print(table if found else "No dead letters")


@commands.command()
def show(letter: Id, service: Service = None) -> None:
    """Show one as JSON, with its payload."""
    from common.events import operations

    name, found = _where(letter, service, lambda connection: operations.show(connection, letter))
    print_json({"service": name, **{k: v if isinstance(v, dict | int) else str(v) for k, v in found.items()}})


@commands.command()
def replay(letter: Id, service: Service = None) -> None:
    """Publish it again, for the consumer that failed on it; the others recognise and skip it."""
    from common.events import operations

    from axtech.reach import broker

    async def again(connection: "asyncpg.Connection") -> None:
        async with broker() as client:
            await operations.replay(connection, client, letter)

    name, _ = _where(letter, service, again)
    out.print(f"Replayed to {name}")


@commands.command()
def discard(
    letter: Id,
    reason: Annotated[str, typer.Option("--reason", "-r", help="Why nothing is to be done.")],
    service: Service = None,
) -> None:
    """Decide that nothing is to be done about it."""
    from common.events import operations

    name, _ = _where(letter, service, lambda connection: operations.discard(connection, letter, reason))
    out.print(f"Discarded from {name}")


def _in_each(service: str | None, work: Callable[["asyncpg.Connection"], Awaitable[T]]) -> list[tuple[str, T]]:
    """What `work` gives in each database concerned."""
    from axtech.reach import Unreachable, in_database, services

    async def all_of_them() -> list[tuple[str, T]]:
        return [(name, await in_database(name, work)) for name in services(service)]

    try:
        with err.status("reading"):
            return asyncio.run(all_of_them())
    except Unreachable as error:
        fail(str(error))


def _where(letter: UUID, service: str | None, work: Callable[["asyncpg.Connection"], Awaitable[T]]) -> tuple[str, T]:
    """The service that has the letter, and what `work` gave there."""
    from common.events.operations import NoSuchDeadLetter
    from common.events.publish import NotAcknowledged

    from axtech.reach import Unreachable, in_database, services

    async def find() -> tuple[str, T] | None:
        for name in services(service):
            try:
                return name, await in_database(name, work)
            except NoSuchDeadLetter:
                continue
        return None

    try:
        found = asyncio.run(find())
    except (Unreachable, NotAcknowledged, OSError) as error:
        fail(str(error) or type(error).__name__)
    if found is None:
        fail(f"No dead letter {letter} waits for a decision")
    return found
