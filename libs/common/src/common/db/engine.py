"""Connections and transactions of one process to its service's database."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
from sqlalchemy import event
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import Session
from sqlalchemy.pool import AsyncAdaptedQueuePool

from common.clock import now
from common.db.reads import Reads
from common.events import outbox
from common.ids import new_id
from common.telemetry import traces

_WAKE_DEBOUNCE = 0.001
_STATEMENT_TIMEOUT_MS = "30000"


def asyncpg_url(url: str) -> str:
    """The URL without SQLAlchemy's driver part, as asyncpg takes it."""
    return url.replace("postgresql+asyncpg://", "postgresql://", 1)


class Database:
    """The pools of one process, and the one way to open a transaction.

    `url` is called for every new connection, so a rotated password needs no restart.
    """

    def __init__(self, url: Callable[[], str], *, pool_size: int = 5, application_name: str = "axtech") -> None:
        self._url = url
        self._application_name = application_name
        self._pool_size = pool_size
        self.engine = create_async_engine(
            "postgresql+asyncpg://",
            async_creator=self.connect,
            poolclass=AsyncAdaptedQueuePool,
            pool_size=pool_size,
            max_overflow=pool_size,
            pool_pre_ping=False,
            query_cache_size=2000,
            hide_parameters=True,
        )
        if traces.is_on():
            _trace_statements(self.engine)
        self._sessions = async_sessionmaker(self.engine, expire_on_commit=False, autoflush=False)
        self._reads: Reads | None = None
        self._dirty = asyncio.Event()
        self._waker: asyncio.Task[None] | None = None
        self.wake_relay: Callable[[], None] | None = None
        """Set while this process has the active relay: then nobody else needs to be notified."""

    async def connect(self, **_: Any) -> asyncpg.Connection:
        """A new direct connection, outside the pools."""
        return await self._connect({})

    async def connect_relaxed(self) -> asyncpg.Connection:
        """A direct connection whose commits do not wait for the disk: for what a crash may undo without harm."""
        return await self._connect({"synchronous_commit": "off"})

    async def _connect(self, settings: dict[str, str]) -> asyncpg.Connection:
        common = {"application_name": self._application_name, "statement_timeout": _STATEMENT_TIMEOUT_MS}
        url = asyncpg_url(self._url())
        connection = await asyncpg.connect(url, timeout=10, server_settings={**common, **settings})
        if traces.is_on():
            connection.add_query_logger(traces.note_query)
        return connection

    async def open(self) -> None:
        """Open the pool of hot reads and the task that wakes the relay."""
        self._reads = Reads(self.connect_relaxed, self._pool_size)  # nothing but NOTIFY commits here
        await self._reads.execute("SELECT 1")  # a database that cannot be reached is known now
        self._waker = asyncio.create_task(self._wake_relay(), name="outbox-wake")

    async def close(self) -> None:
        if self._waker:
            self._waker.cancel()
            await asyncio.gather(self._waker, return_exceptions=True)
        if self._reads:
            await self._reads.close()
        await self.engine.dispose()

    @property
    def reads(self) -> Reads:
        """Plain autocommit connections for prebuilt statements that only read."""
        if self._reads is None:
            raise RuntimeError("the database is not open")
        return self._reads

    def session(self) -> AsyncSession:
        """A session of its own, to be committed by `commit`; connects on first use, rolls back when left before."""
        return self._sessions()

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncSession]:
        """One unit of work: committed at the end of the block with the events recorded in it, rolled back on error."""
        async with self._sessions() as session:
            yield session
            await self.commit(session)

    async def commit(self, session: AsyncSession) -> None:
        """Flush, add the recorded events to the outbox, commit, wake the relay."""
        if await session.run_sync(_finish):
            (self.wake_relay or self._dirty.set)()

    async def _wake_relay(self) -> None:
        """NOTIFY on a connection of its own: inside the domain's transaction it would serialise every commit."""
        woken = 0.0
        while True:
            await self._dirty.wait()
            await asyncio.sleep(woken + _WAKE_DEBOUNCE - time.monotonic())
            self._dirty.clear()
            woken = time.monotonic()
            try:
                await self.reads.execute(f"NOTIFY {outbox.WAKE_CHANNEL}")
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
                await asyncio.sleep(0.1)  # the relay's own poll covers for a lost wake-up


def _finish(session: Session) -> int:
    """All that ends a transaction, in one switch to SQLAlchemy's side and back; how many events were recorded."""
    session.flush()
    recorded = outbox.write(session, now=now(), new_id=new_id)
    session.commit()
    return recorded


def _trace_statements(engine: AsyncEngine) -> None:
    """Spans of what SQLAlchemy runs: prepared statements, of which asyncpg's query logger does not hear."""

    def before(_connection: Any, _cursor: Any, _statement: str, _parameters: Any, execution: Any, _many: bool) -> None:
        execution.axtech_started = time.time_ns()

    def after(_connection: Any, _cursor: Any, statement: str, _parameters: Any, execution: Any, _many: bool) -> None:
        traces.note_statement(statement, started=execution.axtech_started)

    def failed(failure: ExceptionContext) -> None:
        started = getattr(failure.execution_context, "axtech_started", None)
        if started is not None and failure.statement is not None:
            traces.note_statement(failure.statement, started=started, error=failure.original_exception)

    event.listen(engine.sync_engine, "before_cursor_execute", before)
    event.listen(engine.sync_engine, "after_cursor_execute", after)
    event.listen(engine.sync_engine, "handle_error", failed)
