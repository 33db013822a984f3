"""The servers of a test run in throw-away containers: `AXTECH_STACK=containers`.

The images and versions are those of docker-compose.yml. A container each for PostgreSQL, Valkey and S3 serves the whole
run; each test that asks for a broker gets a container of its own.
"""

import asyncio
import json
import os
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import asyncpg
import httpx
import nats
import nats.errors

from common.testing.running import equip

if TYPE_CHECKING:
    from testcontainers.core.container import DockerContainer

POSTGRES, VALKEY, S3, NATS = "postgres:18", "valkey/valkey:9", "chrislusf/seaweedfs:4.48", "nats:2.15"
_PATIENCE = 60.0
_FORGETFUL = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "jit=off", "max_connections=200")


def wanted() -> bool:
    """Whether this run is to use them."""
    return os.environ.get("AXTECH_STACK") == "containers"


@contextmanager
def running(directory: Path, *, password: str, access_key: str, secret_key: str) -> Iterator[dict[str, str]]:
    """PostgreSQL, Valkey and S3: their URLs by name, once they answer."""
    with ExitStack() as stack:
        settings = [part for setting in _FORGETFUL for part in ("-c", setting)]
        postgres = _container(POSTGRES).with_env("POSTGRES_PASSWORD", password).with_exposed_ports(5432)
        postgres_at = _enter(stack, postgres.with_command(["postgres", *settings]), 5432)
        valkey_at = _enter(stack, _container(VALKEY).with_exposed_ports(6379), 6379)
        s3_at = _enter(stack, _s3(directory, access_key, secret_key), 8333)
        urls = {
            "postgres": f"postgresql://postgres:{password}@{postgres_at}/postgres",
            "valkey": f"valkey://{valkey_at}",
            "s3": f"http://{s3_at}",
        }
        _until(lambda: asyncio.run(_postgres_answers(urls["postgres"])), POSTGRES)
        _until(lambda: httpx.get(f"{urls['s3']}/healthz").is_success, S3)
        yield urls


@asynccontextmanager
async def broker() -> AsyncIterator[str]:
    """NATS with the whole topology applied: its URL."""
    container = _container(NATS).with_exposed_ports(4222).with_command(["-js", "-sd", "/tmp/jetstream"])  # noqa: S108 - in the container
    with ExitStack() as stack:
        url = f"nats://{await asyncio.to_thread(_enter, stack, container, 4222)}"
        client = await nats.connect(url, max_reconnect_attempts=100, reconnect_time_wait=0.1)
        try:
            await equip(client)
        finally:
            await client.close()
        yield url


def _container(image: str) -> "DockerContainer":
    from testcontainers.core.container import DockerContainer  # noqa: PLC0415 - by those only who use it

    return DockerContainer(image)


def _enter(stack: ExitStack, container: "DockerContainer", port: int) -> str:
    """Start a container, to be removed with the stack: `host:port` of what it serves."""
    stack.enter_context(container)
    return f"{container.get_container_host_ip()}:{container.get_exposed_port(port)}"


def _s3(directory: Path, access_key: str, secret_key: str) -> "DockerContainer":
    config = directory / "s3.json"
    credentials = [{"accessKey": access_key, "secretKey": secret_key}]
    actions = ["Admin", "Read", "Write", "List", "Tagging"]
    config.write_text(json.dumps({"identities": [{"name": "axtech", "credentials": credentials, "actions": actions}]}))
    config.chmod(0o644)
    return (
        _container(S3)
        .with_exposed_ports(8333)
        .with_volume_mapping(str(config), "/etc/seaweedfs/s3.json", "ro")
        .with_env("WEED_MASTER_VOLUME_GROWTH_COPY_1", "1")
        .with_command(
            "mini -dir=/data -ip=127.0.0.1 -ip.bind=0.0.0.0 -s3.port=8333 -s3.config=/etc/seaweedfs/s3.json "
            "-s3.port.iceberg=0 -s3.port.lance=0 -webdav=false -admin.ui=false -master.telemetry=false "
            "-master.volumeSizeLimitMB=256 -volume.max=2000"
        )
    )


async def _postgres_answers(url: str) -> bool:
    connection = await asyncpg.connect(url, timeout=5)
    await connection.close()
    return True


def _until(answers: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + _PATIENCE
    while True:
        try:
            if answers():
                return
        except (OSError, httpx.HTTPError, asyncpg.PostgresError) as error:
            last: object = error
        else:
            last = "it answers, but not well"
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what} did not come up: {last}")
        time.sleep(0.2)
