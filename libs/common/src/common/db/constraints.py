"""Turning a broken constraint of the database into what the caller is told.

Looking first and writing then leaves a gap that two calls at once fall into; the constraint closes it.
"""

from collections.abc import Mapping

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from common.errors import AppError


async def flush_or_refuse(session: AsyncSession, refusals: Mapping[str, AppError]) -> None:
    """Flush; the error of `refusals` when the constraint of that name is broken."""
    try:
        await session.flush()
    except IntegrityError as error:
        refusal = refusals.get(_constraint(error))
        if refusal is None:
            raise
        raise refusal from error


def _constraint(error: IntegrityError) -> str:
    cause: BaseException | None = error.orig
    while cause is not None:
        if name := getattr(cause, "constraint_name", None):
            return str(name)
        cause = cause.__cause__
    return ""
