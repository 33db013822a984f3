"""Queries of notes."""

from collections.abc import Sequence
from uuid import UUID

from common.auth import Actor
from common.http.pages import after
from sqlalchemy import not_, select
from sqlalchemy.ext.asyncio import AsyncSession

from cases.notes import policies
from cases.notes.models import CaseNote


async def notes(
    session: AsyncSession, actor: Actor, case_id: UUID, cursor: UUID | None, limit: int
) -> Sequence[CaseNote]:
    """The notes of a case the actor knows of that they may read, newest first."""
    wanted = select(CaseNote).where(CaseNote.case_id == case_id)
    if not policies.sees_internal(actor):
        wanted = wanted.where(not_(CaseNote.is_internal))
    return (await session.scalars(after(wanted, CaseNote.id, cursor, limit))).all()
