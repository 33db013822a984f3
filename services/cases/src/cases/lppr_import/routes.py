"""`/lppr-items/import`."""

from typing import Annotated, Any
from uuid import UUID

from common.http import CurrentActor, Cursor, Limit, Page, RequestSession, api_router, edge_route, page_of
from common.http.pages import DEFAULT_LIMIT
from fastapi import File, Response, UploadFile

from cases.catalogue import policies
from cases.lppr_import import repository, service
from cases.lppr_import.models import LpprImport
from cases.lppr_import.schemas import ImportBody, RefusalBody

BODY_LIMIT = 32 * 1024 * 1024
"""Several times what the official zip has."""

uploads = api_router("catalogue", route_class=edge_route(limit="upload", body_limit=BODY_LIMIT))
router = api_router("catalogue")


@uploads.post("/lppr-items/import", status_code=202, response_model=ImportBody)
async def import_lppr_items(
    actor: CurrentActor,
    session: RequestSession,
    response: Response,
    file: Annotated[UploadFile, File(description="The official zip, or one DBF table of it")],
) -> LpprImport:
    """Import an official export of the LPP. Importing it again changes nothing."""
    policies.may_change_lppr_items(actor)
    made = await service.receive(session, actor, await file.read())
    response.headers["Location"] = f"/api/v1/lppr-items/import/{made.id}"
    return made


@router.get("/lppr-items/import/{import_id}", response_model=ImportBody)
async def read_import(import_id: UUID, actor: CurrentActor, session: RequestSession) -> LpprImport:
    """How far an import is, and what it did."""
    return await service.read(session, actor, import_id)


@router.get("/lppr-items/import/{import_id}/refusals", response_model=Page[RefusalBody])
async def list_refusals(
    import_id: UUID, actor: CurrentActor, session: RequestSession, cursor: Cursor, limit: Limit = DEFAULT_LIMIT
) -> dict[str, Any]:
    """List the rows an import left out, and why."""
    await service.read(session, actor, import_id)
    return page_of(await repository.refusals(session, import_id, cursor, limit), limit)
