"""`/prescribers`."""

from typing import Annotated, Any
from uuid import UUID

from common.http import CurrentActor, Cursor, Limit, Page, RequestSession, api_router, page_of
from common.http.etags import check_if_match, set_etag
from common.http.pages import DEFAULT_LIMIT
from fastapi import Query, Request, Response

from identity.prescribers import service
from identity.prescribers.models import PrescriberProfile
from identity.prescribers.schemas import PrescriberBody, PrescriberChanges

router = api_router("prescribers", prefix="/prescribers")

SearchText = Annotated[str | None, Query(min_length=2, max_length=200, description="Names, practice, RPPS or ADELI")]


@router.get("", response_model=Page[PrescriberBody])
async def find_prescribers(
    _actor: CurrentActor, session: RequestSession, cursor: Cursor, limit: Limit = DEFAULT_LIMIT, q: SearchText = None
) -> dict[str, Any]:
    """With `q` the best matches first, in one page; without it all, newest first."""
    found = await service.find(session, q, cursor, limit)
    return page_of(found, limit) if q is None else {"items": found, "next_cursor": None}


@router.get("/{prescriber_id}", response_model=PrescriberBody)
async def read_prescriber(
    prescriber_id: UUID, _actor: CurrentActor, session: RequestSession, response: Response
) -> PrescriberProfile:
    """One prescriber's profile."""
    profile = await service.read(session, prescriber_id)
    set_etag(response, profile.version)
    return profile


@router.patch("/{prescriber_id}", response_model=PrescriberBody)
async def change_prescriber(
    prescriber_id: UUID,
    body: PrescriberChanges,
    actor: CurrentActor,
    session: RequestSession,
    request: Request,
    response: Response,
) -> PrescriberProfile:
    """Change a prescriber's profile."""
    profile = await service.to_change(session, actor, prescriber_id)
    check_if_match(request, profile.version)
    await service.change(session, profile, body)
    set_etag(response, profile.version)
    return profile
