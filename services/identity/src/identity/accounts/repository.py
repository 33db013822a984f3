"""Queries of accounts."""

from collections.abc import Sequence
from uuid import UUID

from common.clock import now
from common.contracts.enums import Role, UserStatus
from common.db import Database
from common.errors import NotFound
from common.http.pages import after
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from identity.accounts.models import OneTimeToken, TokenPurpose, User

_PASSWORD = "SELECT email, password_hash FROM users WHERE id = $1"  # noqa: S105 - a query


async def user(session: AsyncSession, user_id: UUID, *, lock: bool = False) -> User | None:
    """By id; `lock` until the transaction ends."""
    return await session.get(User, user_id, with_for_update=lock or None, populate_existing=lock)


async def user_of_email(session: AsyncSession, email: str) -> User | None:
    return (await session.scalars(select(User).where(User.email == email))).one_or_none()


async def password_of(database: Database, user_id: UUID) -> tuple[str, str | None]:
    """A user's address and password hash, read without holding a connection; `NotFound`."""
    row = await database.reads.fetchrow(_PASSWORD, user_id)
    if row is None:
        raise NotFound("User")
    return row["email"], row["password_hash"]


async def phone_taken(session: AsyncSession, phone: str, *, by_other_than: UUID | None = None) -> bool:
    wanted = select(User.id).where(User.phone == phone)
    if by_other_than is not None:
        wanted = wanted.where(User.id != by_other_than)
    return (await session.execute(wanted)).first() is not None


async def users(
    session: AsyncSession, *, role: Role | None, status: UserStatus | None, cursor: UUID | None, limit: int
) -> Sequence[User]:
    wanted = select(User)
    if role is not None:
        wanted = wanted.where(User.role == role)
    if status is not None:
        wanted = wanted.where(User.status == status)
    return (await session.scalars(after(wanted, User.id, cursor, limit))).all()


async def open_token(session: AsyncSession, token_hash: str, purposes: Sequence[TokenPurpose]) -> OneTimeToken | None:
    """The unused token in time with this hash, locked; None."""
    wanted = select(OneTimeToken).where(
        OneTimeToken.token_hash == token_hash,
        OneTimeToken.purpose.in_(purposes),
        OneTimeToken.used_at.is_(None),
        OneTimeToken.expires_at > now(),
    )
    return (await session.scalars(wanted.with_for_update())).one_or_none()


async def open_phone_codes(session: AsyncSession, user_id: UUID, target: str) -> Sequence[OneTimeToken]:
    """The codes sent to that number that are still good, locked."""
    wanted = select(OneTimeToken).where(
        OneTimeToken.user_id == user_id,
        OneTimeToken.purpose == TokenPurpose.PHONE_CODE,
        OneTimeToken.target == target,
        OneTimeToken.used_at.is_(None),
        OneTimeToken.expires_at > now(),
    )
    return (await session.scalars(wanted.order_by(OneTimeToken.id).with_for_update())).all()


async def spend_tokens(session: AsyncSession, user_id: UUID, *purposes: TokenPurpose) -> None:
    """Make every unused token of those purposes useless."""
    await session.execute(
        update(OneTimeToken)
        .where(OneTimeToken.user_id == user_id, OneTimeToken.purpose.in_(purposes), OneTimeToken.used_at.is_(None))
        .values(used_at=now())
    )
