"""`/patients/{id}/export`, `/patients/{id}/erasure`."""

from typing import Any
from uuid import UUID

from common.http import CurrentActor, Cursor, Limit, Page, RequestSession, api_router, page_of
from common.http.pages import DEFAULT_LIMIT
from fastapi import Request, Response
from starlette.responses import JSONResponse, StreamingResponse

from identity.resources import ResourcesOf
from identity.rights import service
from identity.rights.archive import archive, document
from identity.rights.models import Export
from identity.rights.progress import Progress
from identity.rights.schemas import Erasure, ExportBody, KeptBody

router = api_router("rights", prefix="/patients")

_ANSWERS: dict[int | str, dict[str, Any]] = {
    200: {"content": {"application/zip": {"schema": {"type": "string", "format": "binary"}}}}
}


@router.get("/{patient_id}/export", response_class=StreamingResponse, responses=_ANSWERS)
async def export_patient(patient_id: UUID, actor: CurrentActor, resources: ResourcesOf, request: Request) -> Response:
    """All that every service holds of a patient, as one ZIP archive sent as it is gathered; for `Accept:
    application/json` as one JSON document. `/exports/{exportId}` tells meanwhile how far it is."""
    async with resources.database.transaction() as session:  # its own: others see the export while it is gathered
        begun = await service.begin_export(resources, session, actor, patient_id)
    caller = resources.neighbours.as_caller(request.headers["authorization"])
    told = {"Export-Id": str(begun.export_id)}
    progress = Progress(resources.database, begun.export_id, begun.own)
    if request.headers.get("accept", "").startswith("application/json"):
        found = await document(begun.own, caller, resources.services, begun.subject, progress)
        return JSONResponse(found, headers=told)
    pieces = archive(begun.own, caller, resources.services, begun.subject, progress)
    told["Content-Disposition"] = f'attachment; filename="export-{patient_id}.zip"'
    return StreamingResponse(pieces, media_type="application/zip", headers=told)


@router.get("/{patient_id}/exports", response_model=Page[ExportBody])
async def list_exports(
    patient_id: UUID, actor: CurrentActor, session: RequestSession, cursor: Cursor, limit: Limit = DEFAULT_LIMIT
) -> dict[str, Any]:
    """The exports of the last month, newest first: who asked, and how far each is."""
    return page_of(await service.list_exports(session, actor, patient_id, cursor, limit), limit)


@router.get("/{patient_id}/exports/{export_id}", response_model=ExportBody)
async def read_export(patient_id: UUID, export_id: UUID, actor: CurrentActor, session: RequestSession) -> Export:
    """How far an export is; its id is in the header `Export-Id` of the answer that sends it."""
    return await service.read_export(session, actor, patient_id, export_id)


@router.post("/{patient_id}/erasure", response_model=Erasure)
async def erase_patient(
    patient_id: UUID, actor: CurrentActor, resources: ResourcesOf, session: RequestSession, request: Request
) -> Erasure:
    """Close the account and erase all that no law keeps; the answer says what stays, why and until when."""
    subject = await service.check(resources, actor, patient_id)
    caller = resources.neighbours.as_caller(request.headers["authorization"])
    found = await service.standing(caller, resources.services, subject)
    done = await service.erase(resources, session, actor, patient_id, found)
    kept = [KeptBody(what=one.what, duty=one.duty, reason=one.reason, until=one.until) for one in done.kept]
    return Erasure(patient_id=patient_id, erased=done.erased, kept=kept)
