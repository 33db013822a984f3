"""Queries of the audit log."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from common.db import Database
from common.http.pages import after
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from identity.audit_log.models import AuditChain, AuditEvent

_HEAD = "audit_chain_head"
_CHAIN = "SELECT position, hash, last_id, start_position, start_hash FROM audit_chain"
_ENTRIES = """
SELECT position, previous_hash, hash, id, timestamp, service, actor_id, actor_type, action, object_type, object_id,
       changes, ip_address, user_agent, request_id
FROM audit_events ORDER BY position, id
"""
_FETCHED_AT_ONCE = 2000


@dataclass(frozen=True, slots=True)
class Sought:
    """What a list of entries is narrowed to; `begin` included, `end` not."""

    actor_id: UUID | None = None
    object_type: str | None = None
    object_id: UUID | None = None
    action: str | None = None
    begin: datetime | None = None
    end: datetime | None = None


async def head(session: AsyncSession) -> AuditChain:
    """The head of the chain, locked until the transaction ends: it has one writer at a time."""
    found: AuditChain | None = session.info.get(_HEAD)
    if found is None:
        found = await session.get_one(AuditChain, 1, with_for_update=True, populate_existing=True)
        session.info[_HEAD] = found
    return found


async def entries(session: AsyncSession, sought: Sought, cursor: UUID | None, limit: int) -> Sequence[AuditEvent]:
    wanted = select(AuditEvent)
    for column, value in (
        (AuditEvent.actor_id, sought.actor_id),
        (AuditEvent.object_type, sought.object_type),
        (AuditEvent.object_id, sought.object_id),
        (AuditEvent.action, sought.action),
    ):
        if value is not None:
            wanted = wanted.where(column == value)
    if sought.begin is not None:
        wanted = wanted.where(AuditEvent.timestamp >= sought.begin)
    if sought.end is not None:
        wanted = wanted.where(AuditEvent.timestamp < sought.end)
    return (await session.scalars(after(wanted, AuditEvent.id, cursor, limit))).all()


@asynccontextmanager
async def whole_chain(database: Database) -> AsyncIterator[tuple[Any, AsyncIterator[dict[str, Any]]]]:
    """The head and every entry by position, as they were at one moment, streamed in constant memory."""
    connection = await database.connect()
    try:
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            chain = await connection.fetchrow(_CHAIN)
            rows = connection.cursor(_ENTRIES, prefetch=_FETCHED_AT_ONCE)
            yield chain, _parsed(rows)
    finally:
        await connection.close()


async def _parsed(rows: Any) -> AsyncIterator[dict[str, Any]]:
    async for row in rows:
        changes = row["changes"]
        yield {**row, "changes": orjson.loads(changes) if changes is not None else None}
