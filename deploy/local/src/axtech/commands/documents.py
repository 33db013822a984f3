"""`documents check|write|verify`: what is generated under `docs/`, and what patients handed over.

`check` and `write` are of the project's own documents, `verify` of those in the storage.
"""

import os
import subprocess
import sys
from typing import Annotated

import typer

from axtech.console import err, fail, out

commands = typer.Typer(
    name="documents", help="The project's generated documents; the documents in the storage.", no_args_is_help=True
)


@commands.command()
def check() -> None:
    """Fail when a generated document is not what the code says."""
    from axtech import documents

    with err.status("comparing"):
        stale = documents.differences()
    if stale:
        fail(f"Out of date, run `make documents`: {', '.join(stale)}")
    out.print("The documents are what the code says")


@commands.command()
def write() -> None:
    """Write them anew."""
    from axtech import documents

    with err.status("writing"):
        changed = documents.write()
    out.print("\n".join(changed) if changed else "Nothing changed")


@commands.command()
def verify(as_json: Annotated[bool, typer.Option("--json", help="The report as JSON.")] = False) -> None:
    """Compare the documents in the database with the objects in the storage, both ways; exit code 1 if one is missing.

    Looks at the local platform, or, where DATABASE_URL is set, at what the environment names.
    """
    command = [sys.executable, "-m", "documents", "verify", *(["--json"] if as_json else [])]
    done = subprocess.run(command, env=_environment(), check=False)
    raise typer.Exit(done.returncode)


def _environment() -> dict[str, str]:
    """The one of the documents service."""
    from axtech.project import home
    from axtech.stack.environment import service_environment
    from axtech.stack.running import places

    if "DATABASE_URL" in os.environ:
        return dict(os.environ)
    if not (home() / "secrets.json").exists():
        fail(f"There is no stack at {home()}, and DATABASE_URL is not set")
    return service_environment(places(), "documents")
