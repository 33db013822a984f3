"""`/cases`."""

from typing import Annotated, Any
from uuid import UUID

from common.http import (
    CurrentActor,
    Cursor,
    InternalCaller,
    Limit,
    Page,
    RequestSession,
    allow_callers,
    api_router,
    internal_router,
    page_of,
)
from common.http.etags import check_if_match, set_etag
from common.http.pages import DEFAULT_LIMIT
from fastapi import Depends, Query, Request, Response

from cases.cases import hot, policies, repository, service
from cases.cases.schemas import (
    CaseBody,
    CaseChanges,
    CaseItem,
    CaseQuery,
    CaseReference,
    CaseSearch,
    NewCase,
    NewTransition,
)
from cases.dependencies import OurResources
from cases.people.service import fetch_person
from cases.reading import note_read

router = api_router("cases")
internal = internal_router()


@router.post("/cases", status_code=201)
async def open_case(
    body: NewCase, actor: CurrentActor, session: RequestSession, resources: OurResources, response: Response
) -> CaseBody:
    """Open the case of a prescription."""
    case = await service.open_case(session, resources.services, actor, body)
    shown = await service.described(session, actor, case)
    set_etag(response, case.version)
    return shown


@router.get("/cases", response_model=Page[CaseItem])
async def list_cases(_query: Annotated[CaseQuery, Query()], actor: CurrentActor, request: Request) -> Response:
    """List cases, newest first. A hot read, answered before it gets here; this is how OpenAPI knows of it."""
    return await hot.list_cases(request, actor)


@router.post("/cases/search", response_model=Page[CaseItem])
async def search_cases(
    body: CaseSearch,
    actor: CurrentActor,
    session: RequestSession,
    resources: OurResources,
    cursor: Cursor,
    limit: Limit = DEFAULT_LIMIT,
) -> dict[str, Any]:
    """Search cases by a part of their number, or by a patient's name."""
    patients = await service.patients_named(resources.services, body.q)
    found = await repository.matching(session, actor, body, body.q, patients, cursor, limit)
    note_read(session, actor, "case.search", "User", actor.user_id)
    return page_of(found, limit)


@router.get("/cases/{case_id}", response_model=CaseBody)
async def read_case(case_id: UUID, actor: CurrentActor, request: Request) -> Response:
    """One case. A hot read, answered before it gets here; this is how OpenAPI knows of it."""
    return await hot.read_case(request, actor)


@router.patch("/cases/{case_id}")
async def change_case(
    case_id: UUID,
    body: CaseChanges,
    actor: CurrentActor,
    session: RequestSession,
    resources: OurResources,
    request: Request,
    response: Response,
) -> CaseBody:
    """Assign a case, set its priority, tick off its checklist."""
    policies.may_change_something(actor)
    assignee = await fetch_person(resources.services, body.assigned_to)
    case = await service.find(session, actor, case_id)
    policies.may_edit(actor)
    check_if_match(request, case.version)
    await service.change(session, case, body, assignee)
    shown = await service.described(session, actor, case)
    set_etag(response, case.version)
    return shown


@router.post("/cases/{case_id}/transitions")
async def move_case(
    case_id: UUID, body: NewTransition, actor: CurrentActor, session: RequestSession, response: Response
) -> CaseBody:
    """Move a case by hand; 409 names where it may go, 422 what it still waits for."""
    policies.may_change_something(actor)
    case = await service.find(session, actor, case_id)
    await service.transition(session, actor, case, body.to, body.reason)
    shown = await service.described(session, actor, case)
    set_etag(response, case.version)
    return shown


@internal.get("/cases/{case_id}", dependencies=[Depends(allow_callers("devices"))])
async def refer_to_case(case_id: UUID, _caller: InternalCaller, session: RequestSession) -> CaseReference:
    """What another service may ask about a case."""
    return CaseReference.model_validate(await service.known(session, case_id))
