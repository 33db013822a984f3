"""Where operations reach databases and broker: as the environment says, else the local stack.

NATS_URL is the broker's; DATABASE_URL one service's database, CASES_DATABASE_URL and the like each service's. Any of
them may be in a file, which NAME_FILE names.
"""

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
from axtech.variables import secret

T = TypeVar("T")


class Unreachable(Exception):
    """A database or the broker cannot be reached, or there is none of that name; the message says which."""


def services(service: str | None) -> tuple[str, ...]:
    """The services an operation is about. DATABASE_URL names one database: then that one."""
    if service is not None and service not in SERVICES:
        raise Unreachable(f"There is no service {service}. There are: {', '.join(SERVICES)}")
    if service is None and secret("DATABASE_URL"):
        return ("DATABASE_URL",)
    return (service,) if service else SERVICES


def database_variable(service: str) -> str:
    """What names the database of a service where several are named."""
    return f"{service.upper()}_DATABASE_URL"


def nats_url() -> str:
    """The broker's, which the local stack reaches as its operator."""
    return secret("NATS_URL") or places().nats_url("operator")


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
    url = secret("DATABASE_URL") or secret(database_variable(service)) or places().database_url(service, "runtime")
    try:
        connection = await asyncpg.connect(asyncpg_url(url), timeout=5)
    except (OSError, TimeoutError, asyncpg.PostgresError) as error:
        raise Unreachable(f"The database of {service} cannot be reached ({type(error).__name__})") from error
    try:
        return await work(connection)
    finally:
        await connection.close()
