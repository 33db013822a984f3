"""`/returns`."""

from typing import Annotated, Any
from uuid import UUID

from common import audit
from common.contracts.enums import ReturnType
from common.http import CurrentActor, Cursor, Limit, Page, RequestSession, api_router, edge_route, page_of
from common.http.pages import DEFAULT_LIMIT
from fastapi import File, Form, Query, UploadFile

from billing.claims import policies
from billing.resources import RequestResources
from billing.returns import intake, receipts, repository, service
from billing.returns.models import ReturnEntry, ReturnFile, ReturnOrigin, ReturnStatus
from billing.returns.schemas import EntryBody, EntryMatch, ReceiptBody, ReturnBody, ReturnDetail

BODY_LIMIT = 110 * 1024 * 1024
"""A file of 100 MB and its wrapping."""

reads = api_router("returns")
writes = api_router("returns", route_class=edge_route(limit="billing"))
uploads = api_router("returns", route_class=edge_route(limit="billing", body_limit=BODY_LIMIT))


@uploads.post("/returns", status_code=202, response_model=ReturnBody)
async def receive_return(
    actor: CurrentActor,
    session: RequestSession,
    resources: RequestResources,
    file: Annotated[UploadFile, File(description="The return file, as it came")],
    return_type: Annotated[ReturnType, Form(alias="returnType")] = ReturnType.NOEMIE,
) -> ReturnFile:
    """Store a return file and queue it. The same file sent again is the same return."""
    policies.may_bill(actor)
    content = await intake.store(resources, file, return_type)
    received = await service.receive(
        session, return_type, content, origin=ReturnOrigin.UPLOAD, received_by=actor.user_id
    )
    await session.flush()
    return received


@reads.get("/returns", response_model=Page[ReturnBody])
async def list_returns(
    actor: CurrentActor,
    session: RequestSession,
    cursor: Cursor,
    limit: Limit = DEFAULT_LIMIT,
    status: ReturnStatus | None = None,
    unmatched: bool | None = None,
) -> dict[str, Any]:
    """List return files, newest first; `unmatched=true` is the worklist."""
    policies.may_bill(actor)
    found = await repository.files(session, cursor, limit, status=status, unmatched=unmatched)
    audit.record(session, "billing", "return.list", "User", actor.user_id)
    return page_of(found, limit)


@reads.get("/returns/{return_id}", response_model=ReturnDetail)
async def read_return(
    return_id: UUID,
    actor: CurrentActor,
    session: RequestSession,
    limit: Limit = 200,
    after: Annotated[int, Query(ge=-1, description="The last position already seen")] = -1,
    unmatched: bool | None = None,
) -> dict[str, Any]:
    """One return file with its invoices."""
    file = await service.read(session, actor, return_id)
    found = await repository.entries(session, return_id, after_position=after, limit=limit, unmatched=unmatched)
    return {
        **ReturnBody.model_validate(file).model_dump(),
        "other_amounts": file.other_amounts,
        "entries": found[:limit],
        "next_position": found[limit - 1].position if len(found) > limit else None,
    }


@writes.post("/returns/{return_id}/outcome", response_model=ReceiptBody)
async def record_outcome(
    return_id: UUID, body: ReceiptBody, actor: CurrentActor, session: RequestSession
) -> ReceiptBody:
    """Enter what a receipt (ARL, ARO) says of a claim: its layout is not known, so a person reads it."""
    await receipts.record(session, actor, return_id, body.claim_id, body.outcome, body.reason)
    return body


@writes.post("/returns/{return_id}/entries/{entry_id}/match", response_model=EntryBody)
async def match_entry(
    return_id: UUID, entry_id: UUID, body: EntryMatch, actor: CurrentActor, session: RequestSession
) -> ReturnEntry:
    """Settle a parked invoice with a claim."""
    return await service.match(session, actor, return_id, entry_id, body.claim_id)
