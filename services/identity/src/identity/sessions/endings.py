"""Ending sessions, so that every service refuses their tokens in under a second.

The job that tells the services is recorded in the transaction that ends the session and run by the worker once it is
committed: a crash at any point delays a revocation, and loses none. The jobs repeat until the broker has taken the
entry; repeating one changes nothing.
"""

from collections.abc import Sequence
from uuid import UUID

from common import audit
from common.clock import now
from common.contracts.identity import SessionRevokedV1
from common.contracts.jobs import OutdateTokensV1, RevokeSessionV1
from common.events import outbox
from sqlalchemy.ext.asyncio import AsyncSession

from identity.sessions import repository
from identity.sessions.models import LoginSession, SessionEnd


def end(session: AsyncSession, ended: Sequence[LoginSession], reason: SessionEnd) -> None:
    """End these sessions; those that have ended already stay as they are."""
    for one in ended:
        if one.ended_at is not None:
            continue
        one.ended_at, one.end_reason = now(), reason
        outbox.record(session, RevokeSessionV1(session_id=one.id), of=one.id)
        outbox.record(session, SessionRevokedV1(user_id=one.user_id, session_id=one.id), of=one.id)
        audit.record(session, "identity", "session.end", "Session", one.id, {"endReason": _after(reason.value)})


async def end_all(session: AsyncSession, user_id: UUID, reason: SessionEnd) -> None:
    """End every open session of a user."""
    end(session, await repository.open_sessions(session, user_id), reason)


def outdate(session: AsyncSession, user_id: UUID) -> None:
    """Make the user's access tokens useless until refreshed, since what they say of the user has changed."""
    outbox.record(session, OutdateTokensV1(user_id=user_id), of=user_id)


def _after(value: str) -> dict[str, str | None]:
    return {"before": None, "after": value}
