"""`token`: a service token of the local stack."""

import sys
import time
from typing import Annotated

import typer
from common.contracts.map import SERVICES

from axtech.console import fail

commands = typer.Typer()

_SECONDS = 3600


@commands.command()
def token(
    service: Annotated[str, typer.Option(help="The service that the token speaks for.")],
    to: Annotated[str | None, typer.Option(help="The one service that is to accept it; any by default.")] = None,
) -> None:
    """Print a service token of the local stack, good for an hour on internal endpoints."""
    import jwt
    from common.auth.tokens import ALGORITHM

    from axtech.stack.running import places

    unknown = {service, *([to] if to else [])} - set(SERVICES)
    if unknown:
        fail(f"There is no service {', '.join(sorted(unknown))}. There are: {', '.join(SERVICES)}")
    recipients = [f"axtech-internal:{recipient}" for recipient in ([to] if to else SERVICES)]
    issued = int(time.time())
    claims = {"iss": service, "aud": recipients, "iat": issued, "exp": issued + _SECONDS}
    key = places().secrets.service_keys[service]
    sys.stdout.write(jwt.encode(claims, key, algorithm=ALGORITHM, headers={"kid": service}) + "\n")
