"""The real servers a benchmark runs on: durable PostgreSQL, NATS that syncs every write."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import nats
from common.auth.service_tokens import public_jwk
from common.events.topology import apply_with
from common.servers import (
    Nats,
    Postgres,
    Process,
    SeaweedFS,
    Server,
    Valkey,
    bucket_names,
    create_buckets,
    create_database,
    free_port,
    free_ports,
    run,
)
from common.testing.keys import KEY_ID, TestKeys

_SEGMENTS = 16
_PASSWORD = "bench"  # noqa: S105 - servers of this run only
_UNLIMITED = "100000000/minute"


@dataclass(frozen=True)
class Stage:
    """Where the servers are."""

    database_url: str
    admin_url: str
    nats_url: str


@dataclass(frozen=True)
class Place:
    """All that one service needs to run: `environment` has the settings."""

    service: str
    where: Stage
    keys: TestKeys
    folder: Path
    environment: Mapping[str, str]

    def server(self, role: str, **settings: str) -> Server:
        """The service as a process to run."""
        return python(self.service, self.folder, self.service, "--role", role, **self.environment, **settings)

    @asynccontextmanager
    async def running(self, role: str, **settings: str) -> AsyncIterator[Process]:
        """The service, running."""
        async with run([self.server(role, **settings)]) as running:
            yield running[self.service]


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


@asynccontextmanager
async def place(service: str, *, files: bool = False) -> AsyncIterator[Place]:
    """A stage with a cache, keys and, for `files`, a storage; the service itself is started by `Place.running`."""
    async with AsyncExitStack() as stack:
        where = await stack.enter_async_context(stage(service))
        name = stack.enter_context(tempfile.TemporaryDirectory(prefix=f"axtech-bench-{service}-"))
        folder = Path(name)
        keys = TestKeys(folder)
        valkey = Valkey(directory=folder / "valkey", port=free_port())
        await stack.enter_async_context(run([valkey.server()]))
        environment = {
            "DATABASE_URL": where.database_url,
            "NATS_URL": where.nats_url,
            "REDIS_URL": valkey.url,
            "JWKS_URL": keys.jwks_url,
            "SERVICE_KEY": keys.services[service],
            "SERVICE_JWKS": keys.service_jwks,
            "ENCRYPTION_KEYRING": keys.keyring,
            "BLIND_INDEX_KEY": keys.blind_index_key,
            "RATE_LIMIT_GENERAL": _UNLIMITED,
            "LOG_LEVEL": "WARNING",
        }
        if files:
            environment |= await stack.enter_async_context(storage(folder))
        yield Place(service, where, keys, folder, environment)


@asynccontextmanager
async def storage(folder: Path) -> AsyncIterator[dict[str, str]]:
    """An S3 server with the platform's buckets; the settings that lead to it."""
    s3 = SeaweedFS(
        directory=folder / "s3", port=free_ports(SeaweedFS.PORTS), access_key=_PASSWORD, secret_key=_PASSWORD
    )
    async with run([s3.server()]):
        await create_buckets(s3.url, _PASSWORD, _PASSWORD, bucket_names("development"))
        yield {"S3_ENDPOINT": s3.url, "S3_ACCESS_KEY": _PASSWORD, "S3_SECRET_KEY": _PASSWORD}


def python(name: str, folder: Path, module: str, *arguments: str, probe: str = "/health/ready", **env: str) -> Server:
    """A module of ours to run, on a port of its own."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    return Server(
        name=name,
        argv=(sys.executable, "-m", module, "--port", str(port), *arguments),
        log=folder / f"{name}.log",
        ports=(port,),
        probe=f"{url}{probe}",
        url=url,
        env=env,
    )


def plain(folder: Path, keys: TestKeys, database_url: str) -> Server:
    """`bench.plain`, the service that others are measured against."""
    public_key = json.dumps(public_jwk(keys.identity, KEY_ID))
    settings = {"DATABASE_URL": database_url, "PUBLIC_KEY": public_key}
    return python("plain", folder, "bench.plain", probe="/openapi.json", **settings)


async def _as_after_a_while(admin_url: str) -> None:
    """Give a new server the recycled WAL segments that one in service has, so that none is made during a measure."""
    connection = await asyncpg.connect(admin_url)
    for _ in range(_SEGMENTS):
        await connection.execute("SELECT pg_logical_emit_message(false, 'bench', 'fill'); SELECT pg_switch_wal()")
    await connection.execute("CHECKPOINT")
    await connection.close()
