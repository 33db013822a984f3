"""`/patients`."""

from typing import Any
from uuid import UUID

from common.http import CurrentActor, Cursor, Limit, Page, RequestSession, api_router, edge_route, page_of
from common.http.etags import check_if_match, set_etag
from common.http.pages import DEFAULT_LIMIT
from fastapi import Request, Response

from identity.patients import service
from identity.patients.schemas import FoundPatient, PatientBody, PatientChanges, PatientLookup, PatientSearch
from identity.resources import ResourcesOf

router = api_router("patients", prefix="/patients")
guarded = api_router("patients", prefix="/patients", route_class=edge_route(limit="auth"))


@router.get("", response_model=Page[PatientBody])
async def list_patients(
    actor: CurrentActor, resources: ResourcesOf, session: RequestSession, cursor: Cursor, limit: Limit = DEFAULT_LIMIT
) -> dict[str, Any]:
    """The patients the caller may know of, newest first."""
    page = page_of(await service.list_patients(session, actor, cursor, limit), limit)
    return {**page, "items": [service.shown_to(resources, actor, profile) for profile in page["items"]]}


@router.post("/search", response_model=Page[PatientBody])
async def search_patients(
    body: PatientSearch,
    actor: CurrentActor,
    resources: ResourcesOf,
    session: RequestSession,
    limit: Limit = DEFAULT_LIMIT,
) -> dict[str, Any]:
    """The best matches first, in one page: a search is narrowed rather than leafed through."""
    found = await service.search(resources, session, actor, body, limit)
    return {"items": [service.shown_to(resources, actor, profile) for profile in found], "next_cursor": None}


@guarded.post("/lookup", response_model=FoundPatient)
async def look_up_patient(
    body: PatientLookup, actor: CurrentActor, resources: ResourcesOf, session: RequestSession
) -> FoundPatient:
    """Find the patient one prescribes for by social security number and date of birth."""
    return FoundPatient(patient_id=await service.look_up(resources, session, actor, body))


@router.get("/{patient_id}", response_model=PatientBody)
async def read_patient(
    patient_id: UUID, actor: CurrentActor, resources: ResourcesOf, session: RequestSession, response: Response
) -> PatientBody:
    """One patient's profile."""
    profile = await service.read(session, actor, patient_id)
    set_etag(response, profile.version)
    return service.shown_to(resources, actor, profile)


@router.patch("/{patient_id}", response_model=PatientBody)
async def change_patient(
    patient_id: UUID,
    body: PatientChanges,
    actor: CurrentActor,
    resources: ResourcesOf,
    session: RequestSession,
    request: Request,
    response: Response,
) -> PatientBody:
    """Change a patient's profile."""
    profile = await service.to_change(session, actor, patient_id)
    check_if_match(request, profile.version)
    await service.change(resources, session, actor, profile, body)
    await session.flush()
    set_etag(response, profile.version)
    return service.shown_to(resources, actor, profile)
