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

from identity.audit_log.domain import Retired
from identity.audit_log.models import AuditChain, AuditEvent

_HEAD = "audit_chain_head"
_CHAIN = "SELECT position, hash, last_id, (SELECT count(*) FROM audit_events) AS entries FROM audit_chain"
_RETIRED = "SELECT first_position, last_position, hash_before, hash_after FROM audit_retired"
ENTRIES = """
SELECT position, previous_hash, hash, id, timestamp, service, actor_id, actor_type, action, object_type, object_id,
       changes, ip_address, user_agent, request_id
FROM audit_events ORDER BY position, id
"""
_FETCHED_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Sought:
    """What a list of entries is narrowed to; `begin` included, `end` not."""

    actor_id: UUID | None = None
    object_type: str | None = None
    object_id: UUID | None = None
    action: str | None = None
    begin: datetime | None = None
    end: datetime | None = None


@dataclass(frozen=True, slots=True)
class WholeChain:
    """The head of the chain, how many entries there are, what has left it, and its entries by position."""

    position: int
    hash: bytes
    last_id: UUID | None
    count: int
    retired: dict[int, Retired]
    entries: AsyncIterator[dict[str, Any]]


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
async def whole_chain(database: Database) -> AsyncIterator[WholeChain]:
    """All of the chain as it was at one moment; its entries are streamed in constant memory."""
    connection = await database.connect()
    try:
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            head = await connection.fetchrow(_CHAIN)
            retired = {
                row["first_position"]: Retired(row["last_position"], row["hash_before"], row["hash_after"])
                for row in await connection.fetch(_RETIRED)
            }
            entries = _parsed(connection.cursor(ENTRIES, prefetch=_FETCHED_AT_ONCE))
            yield WholeChain(head["position"], head["hash"], head["last_id"], head["entries"], retired, entries)
    finally:
        await connection.close()


async def _parsed(rows: Any) -> AsyncIterator[dict[str, Any]]:
    async for row in rows:
        changes = row["changes"]
        yield {**row, "changes": orjson.loads(changes) if changes is not None else None}
