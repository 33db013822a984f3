"""Queries of the catalogue."""

from collections.abc import Sequence
from uuid import UUID

from common.http.pages import after
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from cases.catalogue.models import ProductFamily


async def family(session: AsyncSession, family_id: UUID) -> ProductFamily | None:
    return await session.get(ProductFamily, family_id)


async def family_named(session: AsyncSession, name: str) -> ProductFamily | None:
    return (await session.scalars(select(ProductFamily).where(ProductFamily.name == name))).one_or_none()


async def families(session: AsyncSession, cursor: UUID | None, limit: int) -> Sequence[ProductFamily]:
    return (await session.scalars(after(select(ProductFamily), ProductFamily.id, cursor, limit))).all()
