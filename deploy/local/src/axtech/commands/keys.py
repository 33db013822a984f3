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
        total, left = 0, _encrypting()
        while left:  # a value may have been written by the old key meanwhile
            wrapped = _wrap(left, where, folder)
            total += sum(wrapped.values())
            left = [service for service in left if wrapped[service]]
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


def _encrypting() -> list[str]:
    """The services that encrypt something."""
    import importlib

    from common.contracts.map import SERVICES

    return [service for service in SERVICES if importlib.import_module(f"{service}.app").SERVICE.encrypted]


def _wrap(services: list[str], where: "Places", folder: Path) -> dict[str, int]:
    """How many values of each service were wrapped anew, all services at the same time."""
    from axtech.stack.environment import service_environment

    running = {
        service: subprocess.Popen(
            [sys.executable, "-m", service, "rotate-keys"],
            env=service_environment(where, service),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for service in services
    }
    said = {service: process.communicate() for service, process in running.items()}
    for service, process in running.items():
        if process.returncode != 0:
            log = folder / "logs" / f"rotate-{service}.log"
            log.parent.mkdir(exist_ok=True)
            log.write_text(said[service][1])
            fail(f"{service} did not wrap its values, see {log}; the old key is kept, and the call may be repeated")
    return {service: sum(json.loads(output).values()) for service, (output, _) in said.items()}
