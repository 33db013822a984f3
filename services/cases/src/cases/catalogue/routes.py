"""`/product-families`, `/products`, `/lppr-items`."""

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from common.http import CurrentActor, Cursor, Limit, Page, RequestSession, api_router, page_of
from common.http.etags import check_if_match, set_etag
from common.http.pages import DEFAULT_LIMIT
from fastapi import Query, Request, Response

from cases.catalogue import repository, service
from cases.catalogue.models import LPPRItem, Product, ProductFamily
from cases.catalogue.schemas import (
    FamilyBody,
    FamilyChanges,
    LPPRItemBody,
    MappedItems,
    NewFamily,
    NewLPPRItem,
    NewProduct,
    ProductBody,
    ProductChanges,
)

router = api_router("catalogue")


@router.post("/product-families", status_code=201, response_model=FamilyBody)
async def create_family(body: NewFamily, actor: CurrentActor, session: RequestSession) -> ProductFamily:
    """Add a product family."""
    return await service.create_family(session, actor, body)


@router.get("/product-families", response_model=Page[FamilyBody])
async def list_families(
    _actor: CurrentActor, session: RequestSession, cursor: Cursor, limit: Limit = DEFAULT_LIMIT
) -> dict[str, Any]:
    """List product families, newest first."""
    return page_of(await repository.families(session, cursor, limit), limit)


@router.get("/product-families/{family_id}", response_model=FamilyBody)
async def read_family(
    family_id: UUID, _actor: CurrentActor, session: RequestSession, response: Response
) -> ProductFamily:
    """One product family."""
    family = await service.read_family(session, family_id)
    set_etag(response, family.version)
    return family


@router.patch("/product-families/{family_id}", response_model=FamilyBody)
async def change_family(
    family_id: UUID,
    body: FamilyChanges,
    actor: CurrentActor,
    session: RequestSession,
    request: Request,
    response: Response,
) -> ProductFamily:
    """Change a product family."""
    family = await service.read_family(session, family_id)
    check_if_match(request, family.version)
    await service.change_family(session, actor, family, body)
    set_etag(response, family.version)
    return family


@router.post("/products", status_code=201, response_model=ProductBody)
async def create_product(body: NewProduct, actor: CurrentActor, session: RequestSession) -> Product:
    """Add a product."""
    return await service.create_product(session, actor, body)


@router.get("/products", response_model=Page[ProductBody])
async def list_products(
    _actor: CurrentActor,
    session: RequestSession,
    cursor: Cursor,
    limit: Limit = DEFAULT_LIMIT,
    family_id: Annotated[UUID | None, Query(alias="familyId")] = None,
    is_active: Annotated[bool | None, Query(alias="isActive")] = None,
) -> dict[str, Any]:
    """List products, newest first."""
    found = await repository.products(session, cursor, limit, family_id=family_id, is_active=is_active)
    return page_of(found, limit)


@router.get("/products/{product_id}", response_model=ProductBody)
async def read_product(product_id: UUID, _actor: CurrentActor, session: RequestSession, response: Response) -> Product:
    """One product."""
    product = await service.read_product(session, product_id)
    set_etag(response, product.version)
    return product


@router.patch("/products/{product_id}", response_model=ProductBody)
async def change_product(
    product_id: UUID,
    body: ProductChanges,
    actor: CurrentActor,
    session: RequestSession,
    request: Request,
    response: Response,
) -> Product:
    """Change a product."""
    product = await service.read_product(session, product_id)
    check_if_match(request, product.version)
    await service.change_product(session, actor, product, body)
    set_etag(response, product.version)
    return product


@router.put("/products/{product_id}/lppr-items", response_model=ProductBody)
async def map_product(
    product_id: UUID,
    body: MappedItems,
    actor: CurrentActor,
    session: RequestSession,
    request: Request,
    response: Response,
) -> Product:
    """Say which LPPR items a product is reimbursed under."""
    product = await service.read_product(session, product_id)
    check_if_match(request, product.version)
    product = await service.map_product(session, actor, product, body.items)
    set_etag(response, product.version)
    return product


@router.post("/lppr-items", status_code=201, response_model=LPPRItemBody)
async def create_lppr_item(body: NewLPPRItem, actor: CurrentActor, session: RequestSession) -> LPPRItem:
    """Add an LPPR item: a code with its ceiling for a period."""
    return await service.create_lppr_item(session, actor, body)


@router.get("/lppr-items", response_model=Page[LPPRItemBody])
async def list_lppr_items(
    _actor: CurrentActor,
    session: RequestSession,
    cursor: Cursor,
    limit: Limit = DEFAULT_LIMIT,
    code: str | None = None,
    category: str | None = None,
    on: Annotated[date | None, Query(description="In force on this day")] = None,
) -> dict[str, Any]:
    """List LPPR items, newest first."""
    return page_of(await repository.lppr_items(session, cursor, limit, code=code, category=category, on=on), limit)


@router.get("/lppr-items/{item_id}", response_model=LPPRItemBody)
async def read_lppr_item(item_id: UUID, _actor: CurrentActor, session: RequestSession) -> LPPRItem:
    """One LPPR item."""
    return await service.read_lppr_item(session, item_id)
