"""The real servers a benchmark runs on: durable PostgreSQL, NATS that syncs every write."""

import os
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import nats
from common.events.topology import apply_with
from common.servers import Nats, Postgres, create_database, free_port, run

_SEGMENTS = 16
_PASSWORD = "bench"  # noqa: S105 - servers of this run only


@dataclass(frozen=True)
class Stage:
    """Where the servers are."""

    database_url: str
    admin_url: str
    nats_url: str


@asynccontextmanager
async def stage(service: str = "cases") -> AsyncIterator[Stage]:
    """A migrated, empty database of `service`, and a broker with the whole topology."""
    with tempfile.TemporaryDirectory(prefix="axtech-bench-") as folder:
        directory = Path(folder)
        directory.chmod(0o755)  # noqa: ASYNC240 - nothing else runs yet
        postgres = Postgres(directory=directory / "postgres", port=free_port(), password=_PASSWORD)
        broker = Nats(directory=directory / "nats", port=free_port(), monitor_port=free_port())
        async with run([postgres.server(), broker.server()]):
            await create_database(postgres.url(), service, owner_password=_PASSWORD, runtime_password=_PASSWORD)
            owner = postgres.url(service, f"{service}_owner", _PASSWORD)
            subprocess.run(  # noqa: ASYNC221 - nothing else runs yet
                [sys.executable, "-m", service, "migrate"],
                check=True,
                stdout=sys.stderr,
                env={**os.environ, "MIGRATION_DATABASE_URL": owner},
            )
            client = await nats.connect(broker.url())
            await apply_with(client, max_bytes=8 * 1024**3)
            await client.close()
            await _as_after_a_while(postgres.url())
            yield Stage(postgres.url(service, f"{service}_runtime", _PASSWORD), postgres.url(service), broker.url())


async def _as_after_a_while(admin_url: str) -> None:
    """Give a new server the recycled WAL segments that one in service has, so that none is made during a measure."""
    connection = await asyncpg.connect(admin_url)
    for _ in range(_SEGMENTS):
        await connection.execute("SELECT pg_logical_emit_message(false, 'bench', 'fill'); SELECT pg_switch_wal()")
    await connection.execute("CHECKPOINT")
    await connection.close()
