"""Queries of the catalogue."""

from collections.abc import Collection, Sequence
from datetime import date
from uuid import UUID

from common.http.pages import after
from sqlalchemy import Select, delete, not_, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import joinedload, selectinload

from cases.catalogue.models import LPPRItem, Product, ProductFamily, ProductLPPRMapping

_WITH_LPPR_ITEMS = selectinload(Product.lppr_items).joinedload(ProductLPPRMapping.item)


async def family(session: AsyncSession, family_id: UUID) -> ProductFamily | None:
    return await session.get(ProductFamily, family_id)


async def families(session: AsyncSession, cursor: UUID | None, limit: int) -> Sequence[ProductFamily]:
    return (await session.scalars(after(select(ProductFamily), ProductFamily.id, cursor, limit))).all()


async def product(session: AsyncSession, product_id: UUID) -> Product | None:
    """A product with its LPPR items, read anew."""
    found = select(Product).where(Product.id == product_id).options(_WITH_LPPR_ITEMS)
    return (await session.scalars(found, execution_options={"populate_existing": True})).one_or_none()


async def products_with_families(session: AsyncSession, product_ids: Collection[UUID]) -> dict[UUID, Product]:
    """Products by id, with their families and LPPR items; unknown ids are left out."""
    wanted = select(Product).where(Product.id.in_(product_ids)).options(joinedload(Product.family), _WITH_LPPR_ITEMS)
    return {found.id: found for found in await session.scalars(wanted)}


async def products(
    session: AsyncSession, cursor: UUID | None, limit: int, *, family_id: UUID | None, is_active: bool | None
) -> Sequence[Product]:
    wanted = select(Product).options(_WITH_LPPR_ITEMS)
    if family_id is not None:
        wanted = wanted.where(Product.family_id == family_id)
    if is_active is not None:
        wanted = wanted.where(Product.is_active if is_active else not_(Product.is_active))
    return (await session.scalars(after(wanted, Product.id, cursor, limit))).all()


async def lppr_item(session: AsyncSession, item_id: UUID) -> LPPRItem | None:
    return await session.get(LPPRItem, item_id)


async def lppr_items_by_id(session: AsyncSession, item_ids: Collection[UUID]) -> dict[UUID, LPPRItem]:
    return {item.id: item for item in await session.scalars(select(LPPRItem).where(LPPRItem.id.in_(item_ids)))}


async def lppr_items_in_force(session: AsyncSession, codes: Collection[str], on: date) -> dict[str, LPPRItem]:
    """The validity of each code that covers the day; a code without one is left out."""
    wanted = _in_force(on).where(LPPRItem.code.in_(codes))
    return {item.code: item for item in await session.scalars(wanted)}


async def lppr_items(
    session: AsyncSession,
    cursor: UUID | None,
    limit: int,
    *,
    code: str | None,
    category: str | None,
    on: date | None,
) -> Sequence[LPPRItem]:
    wanted = select(LPPRItem) if on is None else _in_force(on)
    if code is not None:
        wanted = wanted.where(LPPRItem.code == code)
    if category is not None:
        wanted = wanted.where(LPPRItem.category == category)
    return (await session.scalars(after(wanted, LPPRItem.id, cursor, limit))).all()


def _in_force(on: date) -> Select[LPPRItem]:
    until = or_(LPPRItem.valid_until.is_(None), LPPRItem.valid_until >= on)
    return select(LPPRItem).where(LPPRItem.valid_from <= on, until)


async def forget_mappings(session: AsyncSession, product_id: UUID) -> None:
    await session.execute(delete(ProductLPPRMapping).where(ProductLPPRMapping.product_id == product_id))
