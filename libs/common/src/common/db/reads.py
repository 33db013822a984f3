"""Autocommit connections lent for one statement each."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import asyncpg


class Reads:
    """Runs prebuilt statements, `size` at a time, on connections opened when first needed.

    For the hot reads, where asyncpg's own pool would cost half as much as the query: it makes a task and resets the
    connection each time, for loans that are longer than a statement.
    """

    def __init__(self, connect: Callable[[], Awaitable[asyncpg.Connection]], size: int) -> None:
        self._connect = connect
        self._turns = asyncio.Semaphore(size)
        self._idle: list[asyncpg.Connection] = []

    async def fetch(self, sql: str, *arguments: Any) -> list[asyncpg.Record]:
        """All rows."""
        rows: list[asyncpg.Record] = await self._run(asyncpg.Connection.fetch, sql, arguments)
        return rows

    async def fetchrow(self, sql: str, *arguments: Any) -> asyncpg.Record | None:
        """The first row, or None."""
        row: asyncpg.Record | None = await self._run(asyncpg.Connection.fetchrow, sql, arguments)
        return row

    async def fetchval(self, sql: str, *arguments: Any) -> Any:
        """The first column of the first row, or None."""
        return await self._run(asyncpg.Connection.fetchval, sql, arguments)

    async def execute(self, sql: str, *arguments: Any) -> str:
        """The command's tag."""
        tag: str = await self._run(asyncpg.Connection.execute, sql, arguments)
        return tag

    async def close(self) -> None:
        """Close what is idle: whoever closes has no statement under way."""
        while self._idle:
            await self._idle.pop().close()

    async def _run(self, method: Callable[..., Awaitable[Any]], sql: str, arguments: tuple[Any, ...]) -> Any:
        async with self._turns:
            connection = await self._take()
            try:
                answer = await method(connection, sql, *arguments)
            except asyncpg.PostgresError:
                self._idle.append(connection)
                raise
            except BaseException:  # cancelled or cut: nobody knows what is still on its way
                connection.terminate()
                raise
            self._idle.append(connection)
            return answer

    async def _take(self) -> asyncpg.Connection:
        while self._idle:
            connection = self._idle.pop()
            if not connection.is_closed():
                return connection
        return await self._connect()
