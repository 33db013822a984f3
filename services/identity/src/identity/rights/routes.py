"""`/patients/{id}/export`, `/patients/{id}/erasure`."""

from typing import Any
from uuid import UUID

from common.http import CurrentActor, EdgeRoute, RequestSession
from fastapi import APIRouter, Request, Response
from starlette.responses import JSONResponse, StreamingResponse

from identity.resources import ResourcesOf
from identity.rights import service
from identity.rights.archive import archive, document
from identity.rights.schemas import Erasure, KeptBody

router = APIRouter(prefix="/patients", route_class=EdgeRoute, tags=["rights"])

_ANSWERS: dict[int | str, dict[str, Any]] = {
    200: {"content": {"application/zip": {"schema": {"type": "string", "format": "binary"}}}}
}


@router.get("/{patient_id}/export", response_class=StreamingResponse, responses=_ANSWERS)
async def export_patient(
    patient_id: UUID, actor: CurrentActor, resources: ResourcesOf, session: RequestSession, request: Request
) -> Response:
    """All that every service holds of a patient and the caller may read, as one ZIP archive sent as it is gathered;
    for `Accept: application/json` as one JSON document."""
    own = await service.own_part(resources, session, actor, patient_id)
    caller = resources.neighbours.as_caller(request.headers["authorization"])
    in_person = actor.patient_id == patient_id
    if request.headers.get("accept", "").startswith("application/json"):
        return JSONResponse(await document(own, caller, patient_id, in_person=in_person))
    pieces = archive(own, caller, patient_id, in_person=in_person)
    name = f'attachment; filename="export-{patient_id}.zip"'
    return StreamingResponse(pieces, media_type="application/zip", headers={"Content-Disposition": name})


@router.post("/{patient_id}/erasure", response_model=Erasure)
async def erase_patient(
    patient_id: UUID, actor: CurrentActor, resources: ResourcesOf, session: RequestSession, request: Request
) -> Erasure:
    """Close the account and erase all that no law keeps; the answer says what stays, why and until when."""
    await service.check(resources, actor, patient_id)
    found = await service.standing(resources.neighbours.as_caller(request.headers["authorization"]), patient_id)
    done = await service.erase(resources, session, actor, patient_id, found)
    kept = [KeptBody(what=one.what, duty=one.duty, reason=one.reason, until=one.until) for one in done.kept]
    return Erasure(patient_id=patient_id, erased=done.erased, kept=kept)
