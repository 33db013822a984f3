"""Rows in databases, as many or as few as a test needs: what it does not name is filled in."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import orjson

from common import clock
from common.ids import new_id

_REQUIRED = """
SELECT attname AS name, format_type(atttypid, NULL) AS type FROM pg_attribute
WHERE attrelid = $1::text::regclass AND attnum > 0 AND NOT attisdropped AND attnotnull AND NOT atthasdef
  AND attidentity = ''
"""
AGO = timedelta(minutes=30)
"""How long before now what is planted happened."""


async def plant(connection: asyncpg.Connection, table: str, **values: Any) -> None:
    """Insert a row; columns that must have a value and are given none get one of their type."""
    required = {row["name"]: row["type"] for row in await connection.fetch(_REQUIRED, table)}
    row = {name: _any(kind) for name, kind in required.items()} | values
    names, places = ", ".join(row), ", ".join(f"${number}" for number in range(1, len(row) + 1))
    await connection.execute(f"INSERT INTO {table} ({names}) VALUES ({places})", *row.values())  # noqa: S608


def _any(kind: str) -> Any:
    moment = clock.now() - AGO
    return {
        "uuid": new_id(),
        "integer": 1,
        "bigint": 1,
        "numeric": 0,
        "boolean": False,
        "date": date(2026, 1, 2),
        "timestamp with time zone": moment,
        "jsonb": orjson.dumps({}).decode(),
        "bytea": b"{}",
    }.get(kind, new_id().hex[-20:])


def event_id() -> UUID:
    """The id of an event of `AGO`: a UUIDv7 says when it was made."""
    milliseconds = int((clock.now() - AGO).timestamp() * 1000)
    return UUID(int=milliseconds << 80 | new_id().int & ((1 << 80) - 1))
