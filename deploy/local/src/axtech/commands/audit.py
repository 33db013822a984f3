"""`audit verify`: whether the audit log is as it was written."""

import os
import subprocess
import sys

import typer

from axtech.console import fail

commands = typer.Typer(name="audit", help="The audit log.", no_args_is_help=True)


@commands.callback()
def _group() -> None:
    """Keep `verify` a command of the group, although it is the only one."""


@commands.command()
def verify() -> None:
    """Check the hash chain from its first entry to its last; exit code 1, naming the first bad entry, when broken.

    Reads the database that DATABASE_URL and the rest of identity's settings name, else the local stack's.
    """
    from axtech.stack.environment import service_environment
    from axtech.stack.running import places

    environment = dict(os.environ)
    if "DATABASE_URL" not in environment:
        environment |= service_environment(places(), "identity")
    done = subprocess.run([sys.executable, "-m", "identity", "verify-audit"], env=environment, check=False)
    if done.returncode != 0:
        fail("The audit log is not as it was written, or could not be read")
