"""ClamAV's daemon, where the machine has it: no wheel brings it."""

import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from common.servers.process import Server


@dataclass(frozen=True)
class Clamd:
    """A daemon that knows `signatures` and no others, by file: `{"some.ndb": "Name:0:*:hex"}`.

    With all that there are it would take a minute and a gigabyte to start. `stream_limit`: the largest file, as its
    configuration writes it.
    """

    directory: Path
    port: int
    signatures: Mapping[str, str] = field(default_factory=dict)
    stream_limit: str = "64M"
    log: Path | None = None

    @staticmethod
    def binary() -> str | None:
        """Where it is installed, if it is (Debian: clamav-daemon)."""
        return shutil.which("clamd", path=f"/usr/sbin:/usr/local/sbin:{os.environ.get('PATH', '')}")

    @property
    def url(self) -> str:
        """`tcp://127.0.0.1:port`."""
        return f"tcp://127.0.0.1:{self.port}"

    @property
    def socket_url(self) -> str:
        """The same daemon by its socket."""
        return f"unix://{self.directory}/clamd.ctl"

    def server(self) -> Server:
        """The process to run. FileNotFoundError where it is not installed."""
        binary = self.binary()
        if binary is None:
            raise FileNotFoundError("clamd is not installed")
        return Server(
            name="clamd",
            argv=(binary, f"--config-file={self._config_file}"),
            log=self.log or self.directory / "clamd.log",
            ports=(self.port,),
            probe=f"clamd://127.0.0.1:{self.port}",
            url=self.url,
            prepare=self._prepare,
        )

    @property
    def _config_file(self) -> Path:
        return self.directory / "clamd.conf"

    def _prepare(self) -> None:
        self.directory.mkdir(parents=True, exist_ok=True)
        for name, known in self.signatures.items():
            (self.directory / name).write_text(f"{known}\n")
        lines = [
            f"TCPSocket {self.port}",
            "TCPAddr 127.0.0.1",
            f"LocalSocket {self.directory}/clamd.ctl",
            f"DatabaseDirectory {self.directory}",
            "Foreground yes",
            *(f"{option} {self.stream_limit}" for option in ("StreamMaxLength", "MaxFileSize", "MaxScanSize")),
            "AlertExceedsMax yes",
            # Started by root it would become a user who cannot read the folder.
            *(["User root"] if os.geteuid() == 0 else []),
        ]
        self._config_file.write_text("\n".join(lines) + "\n")
