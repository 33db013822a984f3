"""Use cases of the catalogue."""

from uuid import UUID

from common import audit
from common.auth import Actor
from common.errors import Conflict, NotFound
from sqlalchemy.ext.asyncio import AsyncSession

from cases.catalogue import policies, repository
from cases.catalogue.models import ProductFamily
from cases.catalogue.schemas import FamilyChanges, NewFamily


async def create_family(session: AsyncSession, actor: Actor, new: NewFamily) -> ProductFamily:
    """Add a product family; `Conflict` when the name is taken."""
    policies.may_change_catalogue(actor)
    if await repository.family_named(session, new.name):
        raise Conflict("A product family has this name already", code="BIZ_FAMILY_NAME_TAKEN")
    family = ProductFamily(**new.model_dump())
    session.add(family)
    await session.flush()
    audit.record(session, "cases", "product-family.create", "ProductFamily", family.id)
    return family


async def read_family(session: AsyncSession, family_id: UUID) -> ProductFamily:
    """One family; `NotFound`."""
    family = await repository.family(session, family_id)
    if family is None:
        raise NotFound("Product family")
    return family


async def change_family(session: AsyncSession, actor: Actor, family: ProductFamily, changes: FamilyChanges) -> None:
    """Apply what `changes` sets."""
    policies.may_change_catalogue(actor)
    given = changes.model_dump(exclude_unset=True)
    before = {name: getattr(family, name) for name in given}
    for name, value in given.items():
        setattr(family, name, value)
    audit.record(session, "cases", "product-family.update", "ProductFamily", family.id, audit.changed(before, given))
