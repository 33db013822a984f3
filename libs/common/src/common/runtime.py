"""Running a service: `python -m <service> --role api|worker|all`, `migrate`, `openapi`."""

import argparse
import asyncio
import gc
import json
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, Generic, Literal, TypeVar

import nats.errors
import nats.js.errors
import structlog
import uvicorn
from fastapi import APIRouter, FastAPI
from nats.aio.msg import Msg
from pydantic import ValidationError
from sqlalchemy import MetaData

from common.crypto.rotation import rotate
from common.db import migrations
from common.events import dead_letters, lag
from common.events.consume import EventConsumer, JobWorker, subscribe
from common.events.relay import Relay
from common.events.schedule import Schedules
from common.events.topology import owned_durables
from common.http.app import create_app
from common.http.hot import HotEndpoint
from common.resources import Resources
from common.settings import Settings
from common.telemetry import logs
from common.telemetry.errors import reporting
from common.telemetry.export import exporting

R = TypeVar("R", bound=Resources)
Role = Literal["api", "worker", "all"]
log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Command(Generic[R]):
    """A command of one service: `python -m <service> <name>`; `run` returns the process's exit code."""

    name: str
    help: str
    arguments: Callable[[argparse.ArgumentParser], None]
    run: Callable[[R, argparse.Namespace], Awaitable[int]]


@dataclass(frozen=True)
class Service(Generic[R]):
    """All that makes up one service; its `app.py` holds the one instance."""

    name: str
    settings: Callable[..., Settings]
    """The settings class; called without arguments it reads the environment."""
    resources: Callable[[Any], R]
    """Makes what a process holds open, from the settings."""
    metadata: MetaData
    routers: Sequence[APIRouter]
    hot: Sequence[tuple[str, HotEndpoint]] = ()
    consumers: Sequence[EventConsumer] = ()
    jobs: JobWorker[R] | None = None
    schedules: Schedules[R] | None = None
    background: Sequence[Callable[[R], Awaitable[None]]] = field(default=())
    """Further tasks of the worker role, run until it stops."""
    commands: Sequence[Command[R]] = ()
    encrypted: Sequence[tuple[str, str]] = ()
    """Every `(table, column)` that holds values of `common.crypto`."""


def build_app(
    service: Service[R], resources: R, role: Role = "all", on_failure: Callable[[], None] = lambda: None
) -> FastAPI:
    """The ASGI app of a process in `role`; a worker serves health and metrics only.

    `on_failure` is called when the work beside HTTP has come to an end that trying again would not mend.
    """

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            await resources.open(stack)
            async with _in_background(service, resources, role, on_failure):
                yield

    serves = role != "worker"
    return create_app(
        service.name,
        resources,
        routers=service.routers if serves else (),
        hot=service.hot if serves else (),
        lifespan=lifespan,
    )


@asynccontextmanager
async def _in_background(
    service: Service[R], resources: R, role: Role, on_failure: Callable[[], None]
) -> AsyncIterator[None]:
    """Connect to the broker and work, beside serving HTTP; a broker that is away delays neither start nor answers."""
    resources.worker = role != "api"
    task = asyncio.create_task(_connected(service, resources, role), name=f"{service.name}-{role}")

    def ended(task: "asyncio.Task[None]") -> None:
        if not task.cancelled() and (error := task.exception()) is not None:
            for cause in _causes(error):
                log.critical("background_failed", error=dead_letters.explain(cause), exc_info=cause)
            on_failure()

    task.add_done_callback(ended)
    try:
        yield
    finally:
        await resources.disconnect()
        while not task.done():  # nats-py, while connecting, may swallow a cancellation
            task.cancel()
            await asyncio.wait([task], timeout=0.05)


def _causes(error: BaseException) -> list[BaseException]:
    """What is in a group of exceptions, groups in groups included."""
    if isinstance(error, BaseExceptionGroup):
        return [cause for inner in error.exceptions for cause in _causes(inner)]
    return [error]


async def _connected(service: Service[R], resources: R, role: Role) -> None:
    await resources.connect()
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(resources.revocations.watch(resources.nats))
        if role != "api":
            tasks.create_task(Relay(resources.database, resources.nats).run())
            tasks.create_task(lag.watch(service.name, resources.nats))
            for background in service.background:
                tasks.create_task(_as_coroutine(background, resources))
            await _await_durables(service.name, resources)
            _attach(service, resources)
            await resources.broker.start()
            log.info("consuming")


async def _as_coroutine(background: Callable[[R], Awaitable[None]], resources: R) -> None:
    await background(resources)


def _attach(service: Service[R], resources: R) -> None:
    for consumer in service.consumers:
        consumer.attach(resources.broker, resources.database)
    if service.jobs is not None:
        service.jobs.attach(resources.broker, resources.database, resources)
    if service.schedules is not None:
        service.schedules.attach(resources.broker, resources.database, resources)

    async def on_advisories(messages: list[Msg]) -> None:
        for message in messages:
            try:
                await dead_letters.bury_advised(resources.database, resources.nats(), message.data)
            except (nats.js.errors.NotFoundError, ValueError, KeyError) as error:
                log.warning("advised_message_gone", error=dead_letters.explain(error))
            except (nats.errors.Error, OSError):
                await message.nak(delay=5)
                continue
            await message.ack()

    subscribe(resources.broker, "DEAD_LETTERS", f"{service.name}-dead-letters", on_advisories, batch=10)


async def _await_durables(service: str, resources: Resources) -> None:
    """Streams and durables are made by `axtech topology apply`, never here: wait for them."""
    jetstream = resources.nats().jetstream(timeout=2)
    for stream, durable in owned_durables(service):
        while True:
            try:
                await jetstream.consumer_info(stream, durable)
                break
            except (nats.errors.Error, nats.js.errors.Error) as error:
                log.warning("waiting_for_durable", durable=f"{stream}/{durable}", error=type(error).__name__)
                await asyncio.sleep(0.5)


def main(service: Service[Any], argv: Sequence[str] | None = None) -> None:
    """The command line of one service."""
    parser = argparse.ArgumentParser(prog=f"python -m {service.name}", description=f"The {service.name} service")
    parser.add_argument("--role", choices=("api", "worker", "all"), default="all", help="what this process does")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument("--port", type=int, default=8000, help="port to listen on")
    commands = parser.add_subparsers(dest="command")
    commands.add_parser("migrate", help="apply the database migrations, as MIGRATION_DATABASE_URL's role")
    check = commands.add_parser("makemigration", help="write a migration from what changed in the models")
    check.add_argument("message")
    commands.add_parser("check-migrations", help="fail when models and migrations disagree")
    commands.add_parser(
        "after-restore", help="once an older database was put back: advance versions and numbers past those given since"
    )
    rotation = [_rotation(service)] if service.encrypted else []
    own = {command.name: command for command in (*service.commands, *rotation)}
    for command in own.values():
        command.arguments(commands.add_parser(command.name, help=command.help))
    arguments = parser.parse_args(argv)
    if arguments.command in own:
        sys.exit(asyncio.run(_run(service, own[arguments.command], arguments)))
    if arguments.command is not None:
        sys.exit(
            migrations.command(service.name, service.metadata, arguments.command, getattr(arguments, "message", ""))
        )
    _serve(service, arguments.role, arguments.host, arguments.port)


def _rotation(service: Service[R]) -> Command[R]:
    async def run(resources: R, _arguments: argparse.Namespace) -> int:
        """Write `{"<table>.<column>": how many were wrapped anew}`."""
        told = {
            f"{table}.{column}": await rotate(resources.database, resources.cipher, table, column)
            for table, column in service.encrypted
        }
        sys.stdout.write(json.dumps(told) + "\n")
        return 0

    return Command("rotate-keys", "wrap every encrypted value by the keyring's current key", lambda _parser: None, run)


def _settings(service: Service[Any]) -> Settings:
    """The settings of the environment; where they are wrong or unsafe, the end of the process, told line by line."""
    try:
        return service.settings()
    except ValidationError as error:
        for problem in error.errors(include_input=False, include_url=False):
            where = "_".join(str(part) for part in problem["loc"]).upper()
            sys.stderr.write(f"{service.name} does not start: {where + ': ' if where else ''}{problem['msg']}\n")
        sys.exit(os.EX_CONFIG)


async def _run(service: Service[R], command: Command[R], arguments: argparse.Namespace) -> int:
    settings = _settings(service)
    resources = service.resources(settings)
    logs.configure(service.name, level=settings.log_level, json=settings.log_format == "json")
    async with AsyncExitStack() as stack:
        await resources.open(stack)
        return await command.run(resources, arguments)


def _serve(service: Service[Any], role: Role, host: str, port: int) -> None:
    settings = _settings(service)
    logs.configure(service.name, level=settings.log_level, json=settings.log_format == "json")
    with exporting(service.name, settings), reporting(service.name, settings):
        ended_well = _serve_until_told(service, settings, role, host, port)
    if not ended_well:
        sys.exit(1)


def _serve_until_told(service: Service[Any], settings: Settings, role: Role, host: str, port: int) -> bool:
    resources = service.resources(settings)
    failed = False

    def fail() -> None:
        """End, to be started again by whoever keeps this process running: without its work it is of no use."""
        nonlocal failed
        failed = server.should_exit = True

    app = build_app(service, resources, role, fail)
    server = uvicorn.Server(
        uvicorn.Config(
            app,
            host=host,
            port=port,
            loop="uvloop",
            http="httptools",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=True,
            forwarded_allow_ips=settings.trusted_proxies,
            timeout_graceful_shutdown=25,
            timeout_keep_alive=75,
        )
    )
    keep_what_is_loaded()
    with suppress(KeyboardInterrupt):  # raised again by uvicorn once it has ended in good order
        server.run()
    return server.started and not failed


def keep_what_is_loaded() -> None:
    """Have the garbage collector leave modules and tables alone: going over them takes tens of milliseconds a time.

    It looks at what is new less often, too: what a request leaves behind is mostly free by itself.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 10, 10)


def openapi_document(service: Service[Any], resources: Resources) -> str:
    """The service's OpenAPI document, as committed beside it."""
    return json.dumps(build_app(service, resources, "api").openapi(), indent=2, ensure_ascii=False, sort_keys=True)
