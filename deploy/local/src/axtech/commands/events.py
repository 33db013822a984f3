"""`events republish`: restore the broker's streams out of the services' databases."""

import asyncio
from datetime import UTC, datetime
from typing import Annotated

import typer

from axtech.console import err, fail, out

commands = typer.Typer(name="events", help="Events and jobs that were sent.", no_args_is_help=True)


@commands.callback()
def _group() -> None:
    """Keep `republish` a command of the group, although it is the only one."""


@commands.command()
def republish(
    since: Annotated[
        datetime, typer.Option(help="From this moment on, UTC, before the oldest that still waited; 7 days are kept.")
    ],
    service: Annotated[
        str | None,
        typer.Option("--service", "-s", help="Of one service; all by default. DATABASE_URL goes first."),
    ] = None,
) -> None:
    """Publish again what was sent since a moment, events and jobs, after the broker lost its disk; safe to repeat.

    What was handled or done before is recognised: by inboxes, and by the state that a job finds. So it does no harm
    where the broker lost nothing, either.
    """
    from common.events import operations
    from common.events.publish import NotAcknowledged

    from axtech.reach import Unreachable, broker, in_database, services

    moment = since if since.tzinfo else since.replace(tzinfo=UTC)

    async def all_of_them() -> int:
        total = 0
        async with broker() as client:
            for name in services(service):

                async def again(connection: object, name: str = name) -> int:
                    done = 0
                    async for done in operations.republish(connection, client, moment):
                        status.update(f"republishing {name}: {done:,}")
                    return done

                total += await in_database(name, again)
        return total

    try:
        with err.status("republishing") as status:
            total = asyncio.run(all_of_them())
    except (Unreachable, NotAcknowledged) as error:
        fail(f"Republishing stopped, and may be repeated: {error}")
    out.print(f"Republished {total:,} events and jobs sent since {moment:%Y-%m-%d %H:%M:%S} UTC")
