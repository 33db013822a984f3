"""`keys rotate`: a new key-encryption key for everything that is encrypted."""

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from axtech.console import err, fail, out
from axtech.project import home

if TYPE_CHECKING:
    from axtech.stack.environment import Places
    from axtech.stack.secrets import Secrets

commands = typer.Typer(name="keys", help="Keys that encrypt what is stored.", no_args_is_help=True)


@commands.callback()
def _group() -> None:
    """Keep `rotate` a command of the group, although it is the only one."""


@commands.command()
def rotate() -> None:
    """Give the local stack, or that in containers, a new encryption key and wrap every value by it; services stay up.

    The key before it is kept until the next rotation: what is being written at this moment may still be wrapped by it.
    Older ones are forgotten.

    Elsewhere: put the new key into the mounted keyring, then make it current, run `python -m SERVICE rotate-keys` for
    each service, and take the old key out at the next rotation.
    """
    from axtech.stack.running import places
    from axtech.stack.secrets import symmetric_key

    folder = home()
    if not (folder / "secrets.json").exists():
        fail(f"There is no stack at {folder}")
    where = places()
    secrets = where.secrets
    previous = secrets.encryption_current
    new = f"k{max(int(key.removeprefix('k')) for key in secrets.encryption_keys) + 1}"
    secrets.encryption_keys[new] = symmetric_key()
    _save(folder, secrets)  # everybody can read by it before anybody writes by it
    secrets.encryption_current = new
    _save(folder, secrets)
    with err.status("wrapping by the new key") as status:
        total = 0
        while wrapped := _wrap_all(where, folder):
            total += wrapped
            status.update(f"wrapping by the new key: {total:,} values")
    secrets.encryption_keys = {key: secrets.encryption_keys[key] for key in (previous, new)}
    _save(folder, secrets)
    out.print(f"{total:,} values are wrapped by {new}; {previous} is kept until the next rotation")


def _save(folder: Path, known: "Secrets") -> None:
    """Write them where services read them: on this machine, and in containers if `folder` is what those mount."""
    from axtech.compose import prepare, prepared
    from axtech.stack.secrets import save_secrets

    save_secrets(folder, known)
    if prepared(folder):
        prepare(folder, known)


def _wrap_all(where: "Places", folder: Path) -> int:
    """How many values of all services were wrapped anew."""
    import importlib

    from common.contracts.map import SERVICES

    from axtech.stack.environment import service_environment

    wrapped = 0
    for service in SERVICES:
        if not importlib.import_module(f"{service}.app").SERVICE.encrypted:
            continue
        environment = service_environment(where, service)
        done = subprocess.run(
            [sys.executable, "-m", service, "rotate-keys"], env=environment, capture_output=True, text=True, check=False
        )
        if done.returncode != 0:
            log = folder / "logs" / f"rotate-{service}.log"
            log.parent.mkdir(exist_ok=True)
            log.write_text(done.stderr)
            fail(f"{service} did not wrap its values, see {log}; the old key is kept, and the call may be repeated")
        wrapped += sum(json.loads(done.stdout).values())
    return wrapped
