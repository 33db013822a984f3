"""Use cases of the catalogue."""

from uuid import UUID

from common import audit
from common.auth import Actor
from common.clock import now
from common.db.constraints import flush_or_refuse
from common.errors import BrokenRule, Conflict, Detail, NotFound
from sqlalchemy.ext.asyncio import AsyncSession

from cases.catalogue import policies, repository
from cases.catalogue.models import LPPRItem, Product, ProductFamily, ProductLPPRMapping
from cases.catalogue.schemas import (
    FamilyChanges,
    MappedItem,
    NewFamily,
    NewLPPRItem,
    NewProduct,
    ProductChanges,
    Specifications,
)

_FAMILY_REFUSALS = {
    "uq_product_families_name": Conflict("A product family has this name already", code="BIZ_FAMILY_NAME_TAKEN")
}
_PRODUCT_REFUSALS = {"uq_products_sku": Conflict("A product has this SKU already", code="BIZ_SKU_TAKEN")}
_ITEM_REFUSALS = {
    "ex_lppr_items_code_validity": Conflict(
        "This code has a price for a part of that period already", code="BIZ_LPPR_VALIDITY_OVERLAPS"
    )
}


async def create_family(session: AsyncSession, actor: Actor, new: NewFamily) -> ProductFamily:
    """Add a product family; `Conflict` when the name is taken."""
    policies.may_change_catalogue(actor)
    family = ProductFamily(**new.model_dump())
    session.add(family)
    await flush_or_refuse(session, _FAMILY_REFUSALS)
    audit.record(session, "cases", "product-family.create", "ProductFamily", family.id)
    return family


async def read_family(session: AsyncSession, family_id: UUID) -> ProductFamily:
    """One family; `NotFound`."""
    family = await repository.family(session, family_id)
    if family is None:
        raise NotFound("Product family")
    return family


async def change_family(session: AsyncSession, actor: Actor, family: ProductFamily, changes: FamilyChanges) -> None:
    """Apply what `changes` sets; `Conflict` when the name is taken."""
    policies.may_change_catalogue(actor)
    given = changes.given()
    before = {name: getattr(family, name) for name in given}
    for name, value in given.items():
        setattr(family, name, value)
    await flush_or_refuse(session, _FAMILY_REFUSALS)
    audit.record(session, "cases", "product-family.update", "ProductFamily", family.id, audit.changed(before, given))


async def create_product(session: AsyncSession, actor: Actor, new: NewProduct) -> Product:
    """Add a product; `BrokenRule` for an unknown family, `Conflict` when the SKU is taken."""
    policies.may_change_catalogue(actor)
    await _require_family(session, new.family_id)
    product = Product(**new.model_dump(exclude={"specifications"}), specifications=new.specifications.as_json())
    session.add(product)
    await flush_or_refuse(session, _PRODUCT_REFUSALS)
    audit.record(session, "cases", "product.create", "Product", product.id)
    return await read_product(session, product.id)


async def read_product(session: AsyncSession, product_id: UUID) -> Product:
    """One product with its LPPR items; `NotFound`."""
    product = await repository.product(session, product_id)
    if product is None:
        raise NotFound("Product")
    return product


async def change_product(session: AsyncSession, actor: Actor, product: Product, changes: ProductChanges) -> None:
    """Apply what `changes` sets."""
    policies.may_change_catalogue(actor)
    given = changes.given()
    if "family_id" in given:
        await _require_family(session, given["family_id"])
    if isinstance(specifications := given.get("specifications"), Specifications):
        given["specifications"] = specifications.as_json()
    before = {name: getattr(product, name) for name in given}
    for name, value in given.items():
        setattr(product, name, value)
    await session.flush()
    audit.record(session, "cases", "product.update", "Product", product.id, audit.changed(before, given))


async def map_product(session: AsyncSession, actor: Actor, product: Product, items: list[MappedItem]) -> Product:
    """Replace the LPPR items of a product; `BrokenRule` when one of them is unknown."""
    policies.may_change_catalogue(actor)
    known = await repository.lppr_items_by_id(session, [item.lppr_item_id for item in items])
    unknown = [
        Detail(f"items[{position}].lpprItemId", "UNKNOWN", "no such LPPR item")
        for position, item in enumerate(items)
        if item.lppr_item_id not in known
    ]
    if unknown:
        raise BrokenRule("An LPPR item is not known", code="BIZ_LPPR_ITEM_UNKNOWN", details=unknown)
    before = {"lpprItems": sorted(mapping.code for mapping in product.lppr_items)}
    await repository.forget_mappings(session, product.id)
    session.add_all(ProductLPPRMapping(product_id=product.id, **item.model_dump()) for item in items)
    product.updated_at = now()  # the product is another one now: a new version
    await session.flush()
    after = {"lpprItems": sorted(item.code for item in known.values())}
    audit.record(session, "cases", "product.map", "Product", product.id, audit.changed(before, after))
    return await read_product(session, product.id)


async def create_lppr_item(session: AsyncSession, actor: Actor, new: NewLPPRItem) -> LPPRItem:
    """Add a validity of an LPPR code; `Conflict` when it overlaps another of the same code."""
    policies.may_change_lppr_items(actor)
    item = LPPRItem(**new.model_dump())
    session.add(item)
    await flush_or_refuse(session, _ITEM_REFUSALS)
    audit.record(session, "cases", "lppr-item.create", "LPPRItem", item.id)
    return item


async def read_lppr_item(session: AsyncSession, item_id: UUID) -> LPPRItem:
    """One LPPR item; `NotFound`."""
    item = await repository.lppr_item(session, item_id)
    if item is None:
        raise NotFound("LPPR item")
    return item


async def _require_family(session: AsyncSession, family_id: UUID) -> None:
    if await repository.family(session, family_id) is None:
        detail = Detail("familyId", "UNKNOWN", "no such product family")
        raise BrokenRule("The product family is not known", code="BIZ_FAMILY_UNKNOWN", details=[detail])
