"""`migrations check|make`: database migrations against the models, on a PostgreSQL of their own."""

import os
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer
from common.contracts.map import SERVICES

from axtech.console import err, fail, out

if TYPE_CHECKING:
    from common.servers import Postgres

T = TypeVar("T")

commands = typer.Typer(name="migrations", help="Database migrations of the services.", no_args_is_help=True)

_PASSWORD = "migrations"  # noqa: S105 - of a server that lives for one command
_AT_ONCE = 2


@commands.command()
def check() -> None:
    """Fail when the migrations of any service do not make what its models say."""
    from concurrent.futures import ThreadPoolExecutor

    def differences(run: Callable[[str, str], str | None]) -> list[str]:
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            found = pool.map(lambda service: run(service, "migrate") or run(service, "check-migrations"), SERVICES)
            return [f"{service}:\n{output}" for service, output in zip(SERVICES, found, strict=True) if output]

    with err.status("comparing migrations with models"):
        problems = _with_databases(SERVICES, differences)
    if problems:
        fail("\n".join(problems))
    out.print(f"The migrations of {', '.join(SERVICES)} make what the models say")


@commands.command()
def make(
    service: Annotated[str, typer.Argument(help="The service whose models changed.")],
    message: Annotated[str, typer.Argument(help="What the migration does, in a few words.")],
) -> None:
    """Write a migration of what the models have and the database does not; read it before it is committed."""
    if service not in SERVICES:
        fail(f"There is no service {service}. There are: {', '.join(SERVICES)}")

    def write(run: Callable[..., str | None]) -> str | None:
        return run(service, "migrate") or run(service, "makemigration", message)

    problem = _with_databases((service,), write)
    if problem:
        fail(problem)
    out.print(f"Written to services/{service}/migrations/versions")


def _with_databases(services: tuple[str, ...], work: Callable[[Callable[..., str | None]], T]) -> T:
    """Do `work` with a way to run `python -m <service> <command>` on empty databases; it gives a failure's output."""
    import asyncio
    import subprocess
    import tempfile
    from pathlib import Path

    from common.servers import Postgres, create_database, free_port, start

    with tempfile.TemporaryDirectory(prefix="axtech-migrations-") as folder:
        directory = Path(folder)
        directory.chmod(0o755)
        postgres = Postgres(directory=directory / "postgres", port=free_port(), password=_PASSWORD, durable=False)
        running = start([postgres.server()])

        def run(service: str, *command: str) -> str | None:
            environment = os.environ | {"MIGRATION_DATABASE_URL": _owner_url(postgres, service)}
            done = subprocess.run(
                [sys.executable, "-m", service, *command], env=environment, capture_output=True, text=True, check=False
            )
            return None if done.returncode == 0 else f"{done.stdout}{done.stderr}".strip()

        try:
            for service in services:
                asyncio.run(
                    create_database(postgres.url(), service, owner_password=_PASSWORD, runtime_password=_PASSWORD)
                )
            return work(run)
        finally:
            running.stop()


def _owner_url(postgres: "Postgres", service: str) -> str:
    return postgres.url(service, f"{service}_owner", _PASSWORD)
