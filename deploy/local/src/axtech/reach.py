"""Where operations reach databases and broker: as the environment says, else the local stack."""

import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TypeVar

import asyncpg
import nats
import nats.errors
from common.contracts.map import SERVICES
from common.db.engine import asyncpg_url
from nats.aio.client import Client

from axtech.stack.running import places

T = TypeVar("T")


class Unreachable(Exception):
    """A database or the broker cannot be reached, or there is none of that name; the message says which."""


def services(service: str | None) -> tuple[str, ...]:
    """The services an operation is about. DATABASE_URL names one database: then that one."""
    if service is not None and service not in SERVICES:
        raise Unreachable(f"There is no service {service}. There are: {', '.join(SERVICES)}")
    if service is None and "DATABASE_URL" in os.environ:
        return ("DATABASE_URL",)
    return (service,) if service else SERVICES


def nats_url() -> str:
    """NATS_URL, or the local stack's broker as its operator."""
    return os.environ.get("NATS_URL") or places().nats_url("operator")


@asynccontextmanager
async def broker() -> AsyncIterator[Client]:
    """A connection to the broker; `Unreachable`."""
    try:
        client = await nats.connect(nats_url(), connect_timeout=5, max_reconnect_attempts=1, error_cb=_say_nothing)
    except (OSError, nats.errors.Error) as error:
        raise Unreachable(f"The broker does not answer ({type(error).__name__}): is the stack up?") from error
    try:
        yield client
    except nats.errors.Error as error:
        raise Unreachable(f"The broker does not do it ({error or type(error).__name__})") from error
    finally:
        await client.close()


async def _say_nothing(_error: Exception) -> None:
    """What goes wrong is raised where it is asked for, and told once."""


async def in_database(service: str, work: Callable[[asyncpg.Connection], Awaitable[T]]) -> T:
    """What `work` gives on a connection to the service's database; `Unreachable`."""
    url = os.environ.get("DATABASE_URL") or places().database_url(service, "runtime")
    try:
        connection = await asyncpg.connect(asyncpg_url(url), timeout=5)
    except (OSError, TimeoutError, asyncpg.PostgresError) as error:
        raise Unreachable(f"The database of {service} cannot be reached ({type(error).__name__})") from error
    try:
        return await work(connection)
    finally:
        await connection.close()
