"""`/claims/worklist` and `/claims/{id}/manual-entry`."""

from typing import Any
from uuid import UUID

from common.errors import BrokenRule
from common.http import CurrentActor, Cursor, Limit, Page, RequestSession, api_router
from common.http.pages import DEFAULT_LIMIT, encode_cursor

from billing.resources import RequestResources
from billing.submission import package
from billing.submission.package import PackageIncomplete
from billing.worklist import service
from billing.worklist.domain import Work
from billing.worklist.schemas import ManualEntry, WorkItem

reads = api_router("worklist")


@reads.get("/claims/worklist", response_model=Page[WorkItem])
async def worklist(
    actor: CurrentActor,
    session: RequestSession,
    cursor: Cursor,
    limit: Limit = DEFAULT_LIMIT,
    work: Work | None = None,
) -> dict[str, Any]:
    """Claims by the work to be done on them, newest first."""
    found = await service.page(session, actor, cursor, limit, work)
    more = len(found) > limit
    return {"items": found[:limit], "next_cursor": encode_cursor(found[limit - 1]["id"]) if more else None}


@reads.get("/claims/{claim_id}/manual-entry", response_model=ManualEntry)
async def manual_entry(claim_id: UUID, actor: CurrentActor, resources: RequestResources) -> dict[str, Any]:
    """What to enter in the other software, with what identity says of patient and prescriber now."""
    async with resources.database.transaction() as session:  # ended before identity is asked
        claim, documents = await service.to_enter(session, actor, claim_id)
    try:
        header = await package.header(resources.services, claim)
    except PackageIncomplete as error:
        raise BrokenRule(f"The claim is not complete: {error}", code="CLAIM_INCOMPLETE") from error
    return {
        **header.model_dump(),
        "prescription_date": claim.prescription_date,
        "lines": claim.lines,
        "documents": documents,
    }
