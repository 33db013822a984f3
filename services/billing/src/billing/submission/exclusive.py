"""One submission of a claim at a time, over all processes.

A job may be delivered again while its first delivery is only slow, or be replayed by a person meanwhile: between the
look-up and the sending of one, the other must not slip in, for not every gateway notices a repetition.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

from common.db.engine import Database
from sqlalchemy import func, select


class UnderWay(Exception):
    """Another process is submitting this claim: what it comes to is seen when this is tried again."""


@asynccontextmanager
async def alone_with(database: Database, claim_id: UUID) -> AsyncIterator[None]:
    """Hold the claim's submission inside the block; `UnderWay`. It ends with its connection, should the process die."""
    key = int.from_bytes(claim_id.bytes[8:], signed=True)
    async with database.engine.connect() as connection:
        await connection.execution_options(isolation_level="AUTOCOMMIT")  # no transaction stays open meanwhile
        if not await connection.scalar(select(func.pg_try_advisory_lock(key))):
            raise UnderWay(f"claim {claim_id} is being submitted")
        try:
            yield
        finally:
            await connection.execute(select(func.pg_advisory_unlock(key)))
