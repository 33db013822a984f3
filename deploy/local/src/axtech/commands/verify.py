"""`verify`: whether the services agree with each other."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from axtech.console import err, fail, out, print_json

if TYPE_CHECKING:
    from axtech.verify.findings import Finding

commands = typer.Typer()

_SHOWN_OF_A_KIND = 20


@commands.command()
def verify(
    since: Annotated[
        datetime | None, typer.Option(help="Look at what happened from this moment on, UTC; the last 7 days.")
    ] = None,
    grace: Annotated[float, typer.Option(min=0, help="Seconds an effect may take.")] = 60.0,
    patience: Annotated[float, typer.Option(min=0, help="Seconds that queued work may take.")] = 900.0,
    as_json: Annotated[bool, typer.Option("--json", help="A list of objects.")] = False,
) -> None:
    """Check that the services agree; exit code 1 when anything is missing, doubled or waits for a person.

    Only reads: its sessions cannot write, and what it has the broker make to read a stream is gone afterwards. Looks at
    the local platform, or at what `<SERVICE>_DATABASE_URL` of every service and NATS_URL name.
    """
    now = datetime.now(UTC)
    earliest = now - timedelta(days=7) if since is None else since if since.tzinfo else since.replace(tzinfo=UTC)
    found = asyncio.run(_verify(now, earliest, timedelta(seconds=grace), timedelta(seconds=patience)))
    if as_json:
        print_json([finding.as_json() for finding in found])
    elif found:
        out.print(_table(found))
    else:
        out.print(f"[green]Everything agrees[/] since {earliest:%Y-%m-%d %H:%M:%S} UTC")
    if found:
        err.print(f"[red]{len(found)} findings")
        raise typer.Exit(1)


async def _verify(now: datetime, since: datetime, grace: timedelta, patience: timedelta) -> "list[Finding]":
    from axtech.reach import Unreachable, broker
    from axtech.verify.findings import Window
    from axtech.verify.run import verify as run
    from axtech.verify.sources import database_urls, open_databases

    window = Window.until(now, since=since, grace=grace, patience=patience)
    try:
        with err.status("verifying") as status:
            async with open_databases(database_urls()) as databases, broker() as client:
                return await run(databases, client, window, lambda name: status.update(f"verifying {name}"))
    except Unreachable as error:
        fail(str(error))


def _table(findings: "list[Finding]") -> Table:
    table = Table("finding", "service", "about", "says", box=None, pad_edge=False)
    shown: dict[str, int] = {}
    for finding in findings:
        shown[finding.kind] = shown.get(finding.kind, 0) + 1
        if shown[finding.kind] <= _SHOWN_OF_A_KIND:
            table.add_row(finding.kind, finding.service, finding.about, finding.says)
    for kind, count in shown.items():
        if count > _SHOWN_OF_A_KIND:
            table.add_row(kind, "", "", f"and {count - _SHOWN_OF_A_KIND} more; --json tells all")
    return table
