"""`/quotes`, and those of a case."""

from typing import Any
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
from common.http.pages import DEFAULT_LIMIT
from fastapi import Depends

from cases.cases import service as cases
from cases.quotes import repository, service
from cases.quotes.schemas import NewQuote, PrintedQuote, QuoteBody, Rejection
from cases.reading import note_read

router = api_router("quotes")
internal = internal_router()


@router.post("/cases/{case_id}/quotes", status_code=201)
async def draft_quote(case_id: UUID, body: NewQuote, actor: CurrentActor, session: RequestSession) -> QuoteBody:
    """Draft a quote; it takes the place of the one before."""
    return QuoteBody.of(await service.draft(session, actor, case_id, body))


@router.get("/cases/{case_id}/quotes", response_model=Page[QuoteBody])
async def list_quotes(
    case_id: UUID, actor: CurrentActor, session: RequestSession, cursor: Cursor, limit: Limit = DEFAULT_LIMIT
) -> dict[str, Any]:
    """List the quotes of a case, newest first."""
    await cases.subject(session, actor, case_id)
    note_read(session, actor, "quote.list", "Case", case_id)
    page = page_of(await repository.quotes(session, actor, case_id, cursor, limit), limit)
    return page | {"items": [QuoteBody.of(quote) for quote in page["items"]]}


@router.get("/quotes/{quote_id}")
async def read_quote(quote_id: UUID, actor: CurrentActor, session: RequestSession) -> QuoteBody:
    """One quote with its lines."""
    return QuoteBody.of(await service.read(session, actor, quote_id))


@router.post("/quotes/{quote_id}/send")
async def send_quote(quote_id: UUID, actor: CurrentActor, session: RequestSession) -> QuoteBody:
    """Ask the patient to approve a draft; its PDF is linked as soon as it is made."""
    return QuoteBody.of(await service.send(session, actor, quote_id))


@router.post("/quotes/{quote_id}/approve")
async def approve_quote(quote_id: UUID, actor: CurrentActor, session: RequestSession) -> QuoteBody:
    """Agree to a quote, as the patient or a proxy."""
    return QuoteBody.of(await service.approve(session, actor, quote_id))


@router.post("/quotes/{quote_id}/reject")
async def reject_quote(quote_id: UUID, body: Rejection, actor: CurrentActor, session: RequestSession) -> QuoteBody:
    """Decline a quote, as the patient or a proxy."""
    return QuoteBody.of(await service.reject(session, actor, quote_id, body.reason))


@internal.get("/quotes/{quote_id}", dependencies=[Depends(allow_callers("documents"))])
async def print_quote(quote_id: UUID, _caller: InternalCaller, session: RequestSession) -> PrintedQuote:
    """What the PDF of a quote shows."""
    return await service.printed(session, quote_id)


@internal.get("/cases/{case_id}/approved-quote", dependencies=[Depends(allow_callers("documents"))])
async def print_approved_quote(case_id: UUID, _caller: InternalCaller, session: RequestSession) -> PrintedQuote:
    """What was agreed to, for the note that goes with its delivery."""
    return await service.printed_approved(session, case_id)
