"""`/product-families`, `/products`, `/lppr-items`."""

from typing import Any
from uuid import UUID

from common.http import CurrentActor, Cursor, EdgeRoute, Limit, Page, RequestSession, page_of
from common.http.etags import check_if_match, set_etag
from common.http.pages import DEFAULT_LIMIT
from fastapi import APIRouter, Request, Response

from cases.catalogue import repository, service
from cases.catalogue.models import ProductFamily
from cases.catalogue.schemas import FamilyBody, FamilyChanges, NewFamily

router = APIRouter(route_class=EdgeRoute, tags=["catalogue"])


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
    await session.flush()
    set_etag(response, family.version)
    return family
