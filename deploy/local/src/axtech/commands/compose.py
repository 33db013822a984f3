"""`compose prepare|databases|buckets`: what the platform in containers needs around `docker compose`."""

import asyncio
import json
import os
from pathlib import Path
from typing import Annotated

import typer

from axtech.console import fail, out
from axtech.project import ROOT

commands = typer.Typer(name="compose", help="The platform in containers.", no_args_is_help=True)


@commands.command()
def prepare(
    home: Annotated[
        Path, typer.Option(envvar="AXTECH_COMPOSE_HOME", help="Where secrets and configuration are put.")
    ] = ROOT / ".axtech/compose",
) -> None:
    """Write the secrets and configuration that docker-compose.yml mounts; what is there already is kept."""
    from axtech.compose import prepare as prepare_all
    from axtech.stack.secrets import load_secrets

    files = prepare_all(home, load_secrets(home))
    out.print(f"{len(files)} files in {home}")


@commands.command()
def databases() -> None:
    """Make databases and roles of all services, at POSTGRES_URL, with DATABASE_PASSWORDS; safe to repeat."""
    import asyncpg
    from common.servers import create_database

    url, passwords = _setting("POSTGRES_URL"), json.loads(_setting("DATABASE_PASSWORDS"))

    async def create() -> None:
        for service, roles in passwords.items():
            await create_database(url, service, owner_password=roles["owner"], runtime_password=roles["runtime"])

    try:
        asyncio.run(create())
    except (OSError, asyncpg.PostgresError) as error:
        fail(f"The databases could not be made: {type(error).__name__}: {error}")
    out.print(f"Databases of {', '.join(passwords)}")


@commands.command()
def buckets() -> None:
    """Make the buckets of AXTECH_ENV in the storage at S3_ENDPOINT; safe to repeat."""
    from botocore.exceptions import BotoCoreError, ClientError
    from common.servers import bucket_names, create_buckets

    names = bucket_names(os.environ.get("AXTECH_ENV", "development"))
    keys = _setting("S3_ACCESS_KEY"), _setting("S3_SECRET_KEY")
    try:
        asyncio.run(create_buckets(_setting("S3_ENDPOINT"), *keys, names))
    except (OSError, BotoCoreError, ClientError) as error:
        fail(f"The buckets could not be made: {type(error).__name__}: {error}")
    out.print(f"Buckets {', '.join(names)}")


def _setting(name: str) -> str:
    from axtech.variables import secret

    value = secret(name)
    if value is None:
        fail(f"{name} or {name}_FILE must be set")
    return value
