"""Queries of staff."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from common.contracts.enums import Role, UserStatus
from common.http.pages import after
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from identity.accounts.models import User
from identity.staff.models import Department, StaffProfile

Member = tuple[StaffProfile, User]
_MEMBERS: Any = select(StaffProfile, User).join(User, User.id == StaffProfile.user_id)


async def profile(session: AsyncSession, staff_id: UUID) -> StaffProfile | None:
    return await session.get(StaffProfile, staff_id)


async def of_user(session: AsyncSession, user_id: UUID) -> StaffProfile | None:
    wanted = select(StaffProfile).where(StaffProfile.user_id == user_id)
    return (await session.scalars(wanted)).one_or_none()


async def staff(
    session: AsyncSession, *, role: Role | None, department: Department | None, cursor: UUID | None, limit: int
) -> Sequence[Member]:
    """Profiles with their accounts, newest first, and one more where another page follows."""
    wanted = _MEMBERS
    if role is not None:
        wanted = wanted.where(User.role == role)
    if department is not None:
        wanted = wanted.where(StaffProfile.department == department)
    rows = await session.execute(after(wanted, StaffProfile.id, cursor, limit))
    return [(row[0], row[1]) for row in rows]


async def active(session: AsyncSession, role: Role) -> Sequence[Member]:
    """The members of staff of a role who may log in."""
    wanted = _MEMBERS.where(User.role == role, User.status == UserStatus.ACTIVE).order_by(User.id)
    return [(row[0], row[1]) for row in await session.execute(wanted)]
