"""Queries of prescribers' profiles."""

from collections.abc import Sequence
from uuid import UUID

from common.http.pages import after
from sqlalchemy import false, func, or_, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from identity.prescribers.models import PrescriberProfile
from identity.security.types import searchable

_SIMILAR = text("SELECT set_config('pg_trgm.word_similarity_threshold', '0.45', true)")


async def prescriber(session: AsyncSession, prescriber_id: UUID, *, lock: bool = False) -> PrescriberProfile | None:
    """By id; `lock` until the transaction ends."""
    return await session.get(PrescriberProfile, prescriber_id, with_for_update=lock or None)


async def of_user(session: AsyncSession, user_id: UUID) -> PrescriberProfile | None:
    wanted = select(PrescriberProfile).where(PrescriberProfile.user_id == user_id)
    return (await session.scalars(wanted)).one_or_none()


async def prescribers(session: AsyncSession, cursor: UUID | None, limit: int) -> Sequence[PrescriberProfile]:
    wanted = after(select(PrescriberProfile), PrescriberProfile.id, cursor, limit)
    return (await session.scalars(wanted)).all()


async def search(session: AsyncSession, q: str, limit: int) -> Sequence[PrescriberProfile]:
    """The best matches on names, practice or a whole RPPS or ADELI number, best first."""
    await session.execute(_SIMILAR)
    name, number = searchable(q), q.strip()
    similar = or_(
        PrescriberProfile.search_name.bool_op("%>")(name),
        PrescriberProfile.search_name.contains(name, autoescape=True),
        PrescriberProfile.rpps_number == number,
        PrescriberProfile.adeli_number == number,
    )
    best = func.word_similarity(name, PrescriberProfile.search_name).desc()
    wanted = select(PrescriberProfile).where(similar if name else false()).order_by(best, PrescriberProfile.id.desc())
    return (await session.scalars(wanted.limit(limit))).all()
