"""Where the checker reads: every service's database, in sessions that cannot write, and the broker."""

import os
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager

import asyncpg
from common.contracts.map import SERVICES
from common.db.engine import asyncpg_url

from axtech.reach import Unreachable, database_variable
from axtech.stack.running import places
from axtech.variables import secret

_READ_ONLY = {
    "default_transaction_read_only": "on",
    "statement_timeout": "300000",
    "application_name": "axtech-verify",
}

Databases = Mapping[str, asyncpg.Connection]


def database_urls(environment: Mapping[str, str] = os.environ) -> dict[str, str]:
    """`<SERVICE>_DATABASE_URL` of every service, or the local stack's; `Unreachable` where only some are set."""
    given = {service: secret(database_variable(service), environment) for service in SERVICES}
    missing = [database_variable(service) for service, url in given.items() if not url]
    if len(missing) == len(SERVICES):
        return {service: places().database_url(service, "runtime") for service in SERVICES}
    if missing:
        raise Unreachable(f"All databases are looked at together: {', '.join(missing)} must be set too")
    return {service: str(url) for service, url in given.items()}


@asynccontextmanager
async def open_databases(urls: Mapping[str, str]) -> AsyncIterator[Databases]:
    """A read-only connection to each; `Unreachable`."""
    async with AsyncExitStack() as stack:
        connections = {}
        for service, url in urls.items():
            try:
                connection = await asyncpg.connect(asyncpg_url(url), timeout=5, server_settings=_READ_ONLY)
            except (OSError, TimeoutError, asyncpg.PostgresError) as error:
                raise Unreachable(f"The database of {service} cannot be reached ({type(error).__name__})") from error
            stack.push_async_callback(connection.close)
            connections[service] = connection
        yield connections
