"""pytest fixtures over real servers; loaded by `-p common.testing.plugin`.

The controlling process starts PostgreSQL, Valkey and S3 once; xdist's workers find them through the environment. Each
test gets databases of its own, cloned from a migrated template, and, on demand, a NATS server of its own.

    async def test_an_endpoint(run_service):
        cases = await run_service("cases")  # API only
    async def test_a_consumer(run_worker):
        cases = await run_worker("cases")  # with broker, relay and consumers
"""

import asyncio
import fcntl
import importlib
import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import hypothesis
import nats
import pytest
import pytest_asyncio
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from common.resources import Resources
from common.runtime import Role, Service, build_app, keep_what_is_loaded
from common.servers import (
    Nats,
    Postgres,
    SeaweedFS,
    Valkey,
    bucket_names,
    clone_database,
    create_buckets,
    create_database,
    drop_database,
    free_port,
    free_ports,
    give_back,
    run,
    start,
)
from common.telemetry import logs, traces
from common.testing import containers, databases
from common.testing.keys import TestKeys
from common.testing.running import RunningService, equip, eventually

_VARIABLE = "AXTECH_TEST_SERVERS"
_PASSWORD = "test"  # noqa: S105 - servers of this run only
_S3_KEY = "test-access-key"
_S3_SECRET = "test-secret-key"  # noqa: S105 - as above
_NO_BROKER = "nats://127.0.0.1:9"
_TEMPLATE_LOCK = 0x54455354

_servers_key = pytest.StashKey[ExitStack]()
_directory_key = pytest.StashKey[Path]()

RunService = Callable[..., Awaitable[RunningService]]


@dataclass(frozen=True)
class Servers:
    """Where this run's servers are."""

    postgres: str
    valkey: str
    s3: str
    directory: Path


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Start the servers, in the controlling process only."""
    logs.configure("tests", level="WARNING", json=True)
    _take_time()
    if hasattr(config, "workerinput") or config.option.collectonly or _VARIABLE in os.environ:
        return
    directory = Path(tempfile.mkdtemp(prefix="axtech-test-"))
    directory.chmod(0o755)
    stack = ExitStack()
    config.stash[_servers_key] = stack
    config.stash[_directory_key] = directory
    where = _in_containers(stack, directory) if containers.wanted() else _as_processes(stack, directory)
    asyncio.run(create_buckets(where["s3"], _S3_KEY, _S3_SECRET, bucket_names("development")))
    os.environ[_VARIABLE] = json.dumps({**where, "directory": str(directory)})


def _take_time() -> None:
    """Let hypothesis take the time it needs: a busy machine is no failure. The rest stays as it is, here and in CI."""
    too_slow = [hypothesis.HealthCheck.too_slow]
    hypothesis.settings.register_profile(
        "unhurried", hypothesis.settings(), deadline=None, suppress_health_check=too_slow
    )
    hypothesis.settings.load_profile("unhurried")


def _as_processes(stack: ExitStack, directory: Path) -> dict[str, str]:
    postgres = Postgres(directory=directory / "postgres", port=free_port(), password=_PASSWORD, durable=False)
    valkey = Valkey(directory=directory / "valkey", port=free_port())
    ports = free_ports(SeaweedFS.PORTS)
    s3 = SeaweedFS(directory=directory / "s3", port=ports, access_key=_S3_KEY, secret_key=_S3_SECRET)
    stack.callback(start([postgres.server(), valkey.server(), s3.server()]).stop)
    return {"postgres": postgres.url(), "valkey": valkey.url, "s3": s3.url}


def _in_containers(stack: ExitStack, directory: Path) -> dict[str, str]:
    made = containers.running(directory, password=_PASSWORD, access_key=_S3_KEY, secret_key=_S3_SECRET)
    return stack.enter_context(made)


def pytest_collection_finish() -> None:
    """Have the garbage collector leave what was loaded alone, as services do: going over it takes a tenth of a run."""
    keep_what_is_loaded()


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop what was started here."""
    if _servers_key in config.stash:
        config.stash[_servers_key].close()
        os.environ.pop(_VARIABLE, None)
        shutil.rmtree(config.stash[_directory_key], ignore_errors=True)


@pytest.fixture(scope="session")
def servers() -> Servers:
    """The shared servers."""
    where = json.loads(os.environ[_VARIABLE])
    return Servers(where["postgres"], where["valkey"], where["s3"], Path(where["directory"]))


@pytest.fixture(scope="session")
def keys(tmp_path_factory: pytest.TempPathFactory) -> TestKeys:
    """The keys of this worker's tests."""
    return TestKeys(tmp_path_factory.mktemp("keys"))


def _url(admin_url: str, user: str, database: str) -> str:
    return f"postgresql://{user}:{_PASSWORD}@{admin_url.rsplit('@', 1)[1].split('/', maxsplit=1)[0]}/{database}"


async def _template(servers: Servers, service: str) -> str:
    """The migrated template of a service, made once by whichever worker needs it first."""
    template = f"{service}_template"
    admin = await asyncpg.connect(servers.postgres)
    try:
        await admin.execute("SELECT pg_advisory_lock($1)", _TEMPLATE_LOCK)
        ready = servers.directory / f"{template}.ready"
        if not ready.exists():
            await create_database(
                servers.postgres, service, owner_password=_PASSWORD, runtime_password=_PASSWORD, database=template
            )
            await asyncio.to_thread(_migrate, service, _url(servers.postgres, f"{service}_owner", template))
            ready.touch()
    finally:
        await admin.close()
    return template


def _migrate(service: str, url: str) -> None:
    environment = {**os.environ, "MIGRATION_DATABASE_URL": url}
    subprocess.run([sys.executable, "-m", service, "migrate"], check=True, env=environment)  # noqa: S603 - our own


_free: dict[str, list[tuple[str, str]]] = {}
"""Databases of this worker nobody uses, by service, each with its structure."""


@pytest_asyncio.fixture
async def new_database(servers: Servers) -> AsyncIterator[Callable[[str], Awaitable[str]]]:
    """A database of a service, migrated and empty; gives the runtime role's URL."""
    used: list[tuple[str, str, str]] = []

    async def make(service: str) -> str:
        if _free.get(service):
            database, structure = _free[service].pop()
        else:
            template = await _template(servers, service)
            database = f"{service}_{secrets.token_hex(6)}"
            await clone_database(servers.postgres, template, database, name=service)
            structure = await databases.prepare(servers.postgres, database)
        used.append((service, database, structure))
        return _url(servers.postgres, f"{service}_runtime", database)

    yield make
    for service, database, structure in used:
        if await databases.restore(servers.postgres, database, structure):
            _free.setdefault(service, []).append((database, structure))
        else:
            await drop_database(servers.postgres, database)


@pytest_asyncio.fixture
async def broker_url(servers: Servers, tmp_path: Path) -> AsyncIterator[str]:
    """A NATS server of the test's own, with the whole topology applied, which does not tick by itself."""
    if containers.wanted():
        async with containers.broker() as url:
            yield url
        return
    directory = tmp_path / "nats"
    shutil.copytree(await _broker_template(servers), directory / "jetstream")
    server = Nats(directory=directory, port=free_port(), monitor_port=free_port(), durable=False)
    async with run([replace(server.server(), stop_signal=signal.SIGKILL)]):
        yield server.url()
    give_back(server.port, server.monitor_port)


async def _broker_template(servers: Servers) -> Path:
    """What a broker with the topology has on its disk, made once by whichever worker needs it first."""
    directory = servers.directory / "nats-template"
    with (servers.directory / "nats-template.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not directory.exists():
            made = servers.directory / "nats-made"
            server = Nats(directory=made, port=free_port(), monitor_port=free_port(), durable=False)
            async with run([server.server()]):
                client = await nats.connect(server.url())
                await equip(client)
                await client.close()
            (made / "jetstream").rename(directory)
    return directory


@asynccontextmanager
async def _running(
    name: str,
    role: Role,
    nats_url: str | None,
    database_url: str,
    servers: Servers,
    keys: TestKeys,
    changes: dict[str, Any],
) -> AsyncIterator[RunningService]:
    service: Service[Any] = importlib.import_module(f"{name}.app").SERVICE
    given: dict[str, Any] = {
        "database_url": database_url,
        "nats_url": nats_url or _NO_BROKER,
        "jwks_url": keys.jwks_url,
        "service_key": keys.services[name],
        "service_jwks": keys.service_jwks,
        "encryption_keyring": keys.keyring,
        "blind_index_key": keys.blind_index_key,
        "s3_endpoint": servers.s3,
        "s3_access_key": _S3_KEY,
        "s3_secret_key": _S3_SECRET,
        "rate_limit_general": "100000/minute",
        "rate_limit_auth": "100000/minute",
        "rate_limit_upload": "100000/minute",
        "rate_limit_billing": "100000/minute",
        **changes,
    }
    resources: Resources = service.resources(service.settings(**given))
    app = build_app(service, resources, role)
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app, client=("127.0.0.1", 50000))
        async with httpx.AsyncClient(transport=transport, base_url=f"http://{name}.test") as client:
            running = RunningService(name, app, resources, client, keys, nats_url, servers.postgres)
            if role != "api":
                await eventually(resources.readiness, until=lambda checks: all(v is True for v in checks.values()))
            yield running


@pytest_asyncio.fixture
async def run_service(
    servers: Servers, keys: TestKeys, new_database: Callable[[str], Awaitable[str]]
) -> AsyncIterator[RunService]:
    """Run a service's API inside the test: `await run_service("cases", rate_limit_auth="5/minute")`."""
    async with AsyncExitStack() as stack:

        async def run_one(name: str, **settings: Any) -> RunningService:
            context = _running(name, "api", None, await new_database(name), servers, keys, settings)
            return await stack.enter_async_context(context)

        yield run_one


@pytest_asyncio.fixture
async def run_worker(
    servers: Servers, keys: TestKeys, new_database: Callable[[str], Awaitable[str]], broker_url: str
) -> AsyncIterator[RunService]:
    """Run a service with broker, relay and consumers too: `await run_worker("cases")`."""
    async with AsyncExitStack() as stack:

        async def run_one(name: str, **settings: Any) -> RunningService:
            context = _running(name, "all", broker_url, await new_database(name), servers, keys, settings)
            return await stack.enter_async_context(context)

        yield run_one


@pytest.fixture
def spans() -> Iterator[InMemorySpanExporter]:
    """Traces are made, and kept here. Ask for it before the services that are to be traced."""
    kept = InMemorySpanExporter()
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(kept))
    traces.use(provider.get_tracer("tests"))
    yield kept
    traces.use(None)
