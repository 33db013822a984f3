"""Statements of the nightly upkeep: each drops at most a few thousand rows, so that none holds locks for long."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

_AT_ONCE = 5000


def _drop(table: str, key: str, condition: str) -> str:
    chosen = f"SELECT {key} FROM {table} WHERE {condition} LIMIT {_AT_ONCE}"  # noqa: S608 - constants of this module
    return f"DELETE FROM {table} WHERE {key} IN ({chosen})"  # noqa: S608 - as above


_SPENT = {
    "one-time-tokens": _drop("one_time_tokens", "id", "least(used_at, expires_at) < :moment"),
    "trusted-devices": _drop("trusted_devices", "id", "expires_at < :moment"),
    "login-throttles": _drop(
        "login_throttles", "address_hash", "updated_at < :moment AND coalesce(locked_until < :moment, true)"
    ),
    "sessions": _drop("sessions", "id", "least(ended_at, expires_at) < :moment"),
    "exports": _drop("exports", "id", "created_at < :moment"),
    "recovery-codes": _drop("recovery_codes", "id", "used_at < :moment"),
}
KINDS = tuple(_SPENT)


async def drop_spent(session: AsyncSession, kind: str, moment: datetime) -> bool:
    """Delete what was of no use any more at `moment`; True when there may be more."""
    dropped = await session.execute(text(_SPENT[kind]), {"moment": moment})
    return int(dropped.rowcount) == _AT_ONCE  # type: ignore[attr-defined]


async def maintain_audit(session: AsyncSession) -> Sequence[str]:
    """Make the audit log's partitions of the months to come; detach those of more than five years ago, which gives
    their names. They stay in the database as tables of their own, to be archived."""
    await session.execute(text("SELECT maintain_audit()"))
    return (await session.scalars(text("SELECT retire_audit()"))).all()
