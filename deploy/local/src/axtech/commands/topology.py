"""`topology apply`: streams and consumers of the broker."""

import asyncio
from typing import Annotated

import typer

from axtech.console import err, fail, out

commands = typer.Typer(name="topology", help="The broker's streams and consumers.", no_args_is_help=True)


@commands.command()
def apply(
    replicas: Annotated[int, typer.Option(min=1, max=5, help="Copies of each stream.")] = 1,
    schedule: Annotated[
        list[str] | None, typer.Option(help="Another expression for a job: 'claim-status-sync=@every 3s'.")
    ] = None,
) -> None:
    """Make the broker at NATS_URL (or in NATS_URL_FILE), or the local stack's, what is needed; safe to repeat."""
    import nats.errors
    from common.events import topology

    from axtech.reach import nats_url

    others = dict(entry.split("=", 1) for entry in schedule or [])
    try:
        with err.status("applying the topology"):
            changes = asyncio.run(topology.apply(nats_url(), replicas=replicas, schedules=others))
    except (OSError, nats.errors.Error) as error:
        fail(f"The broker does not do it: {type(error).__name__}: {error}")
    out.print("\n".join(changes) if changes else "Nothing to change")


@commands.command()
def rewind(service: Annotated[str, typer.Argument(help="Whose database was restored from a backup.")]) -> None:
    """Have a service read every event again that the broker keeps; its inbox skips what it has handled."""
    import nats.errors
    from common.contracts.map import SERVICES
    from common.events import topology

    from axtech.reach import nats_url

    if service not in SERVICES:
        fail(f"There is no service {service}. There are: {', '.join(SERVICES)}")
    try:
        rewound = asyncio.run(topology.rewind(nats_url(), service))
    except (OSError, nats.errors.Error) as error:
        fail(f"The broker does not do it: {type(error).__name__}: {error}")
    out.print("\n".join(rewound))
