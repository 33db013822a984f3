"""Progressive lock-out, by address: the same for those that have an account and those that have none."""

from typing import Any

from common.clock import now
from common.crypto import BlindIndex
from common.db import Database
from common.errors import RateLimited
from sqlalchemy import case, delete, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from identity.sessions.domain import FAILURES_FORGOTTEN_AFTER, wait_after
from identity.sessions.models import LoginThrottle

_LOCKED_UNTIL = "SELECT locked_until FROM login_throttles WHERE address_hash = $1"


def address_of(email: str, index: BlindIndex) -> str:
    """What an address is counted under."""
    return index.of("login_throttles.address_hash", email)


async def check(database: Database, address: str) -> None:
    """`RateLimited` while the address has to wait."""
    locked_until: Any = await database.reads.fetchval(_LOCKED_UNTIL, address)
    if locked_until is not None and locked_until > now():
        wait = int((locked_until - now()).total_seconds()) + 1
        raise RateLimited(
            "Too many failed attempts; try again later",
            code="AUTH_TOO_MANY_ATTEMPTS",
            headers={"Retry-After": str(wait)},
        )


async def count_failure(session: AsyncSession, address: str) -> None:
    """One more failure; the wait, if any, begins now."""
    moment = now()
    recent = LoginThrottle.updated_at > moment - FAILURES_FORGOTTEN_AFTER
    statement = (
        insert(LoginThrottle)
        .values(address_hash=address, failures=1, updated_at=moment)
        .on_conflict_do_update(
            index_elements=[LoginThrottle.address_hash],
            set_={"failures": case((recent, LoginThrottle.failures + 1), else_=1), "updated_at": moment},
        )
        .returning(LoginThrottle.failures)
    )
    failures = int((await session.execute(statement)).scalar_one())
    if wait := wait_after(failures):
        locked = update(LoginThrottle).where(LoginThrottle.address_hash == address)
        await session.execute(locked.values(locked_until=moment + wait))


async def clear(session: AsyncSession, address: str) -> None:
    """Forget the failures: the owner is in."""
    await session.execute(delete(LoginThrottle).where(LoginThrottle.address_hash == address))
