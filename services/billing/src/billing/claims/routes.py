"""`/claims`."""

from typing import Any
from uuid import UUID

from common import audit
from common.contracts.enums import ClaimStatus, GatewayType, ScanStatus
from common.http import CurrentActor, Cursor, Limit, Page, RequestSession, api_router, edge_route, page_of
from common.http.etags import set_etag
from common.http.pages import DEFAULT_LIMIT
from fastapi import Response
from sqlalchemy.ext.asyncio import AsyncSession

from billing.claims import policies, repository, service
from billing.claims.models import Claim
from billing.claims.schemas import (
    Cancellation,
    ClaimBody,
    ClaimDetail,
    ClaimReturnBody,
    NewClaimDocument,
    PaymentBody,
    Result,
    Submission,
    WriteOff,
)
from billing.claims.service import KnownDocument
from billing.resources import BillingResources, RequestResources

MOST = 200
"""How many returns and payments of one claim are shown with it; the lists page through more."""

reads = api_router("claims")
writes = api_router("claims", route_class=edge_route(limit="billing"))


@reads.get("/claims", response_model=Page[ClaimBody])
async def list_claims(
    actor: CurrentActor,
    session: RequestSession,
    cursor: Cursor,
    limit: Limit = DEFAULT_LIMIT,
    status: ClaimStatus | None = None,
    caseId: UUID | None = None,  # noqa: N803 - a query parameter
    gatewayType: GatewayType | None = None,  # noqa: N803
) -> dict[str, Any]:
    """List claims, newest first."""
    policies.may_read(actor)
    found = await repository.claims(session, cursor, limit, status=status, case_id=caseId, gateway_type=gatewayType)
    audit.record(session, "billing", "claim.list", "User", actor.user_id)
    return page_of(found, limit)


@reads.get("/claims/{claim_id}", response_model=ClaimDetail)
async def read_claim(
    claim_id: UUID, actor: CurrentActor, session: RequestSession, response: Response
) -> dict[str, Any]:
    """One claim, with documents, returns, payments and history."""
    claim = await service.read(session, actor, claim_id)
    set_etag(response, claim.version)
    return {
        **ClaimBody.model_validate(claim).model_dump(),
        "documents": await repository.documents(session, claim_id),
        "returns": await repository.returns(session, claim_id, None, MOST),
        "payments": await repository.payments(session, claim_id, None, MOST),
        "history": await repository.history(session, claim_id),
    }


@reads.get("/claims/{claim_id}/returns", response_model=Page[ClaimReturnBody])
async def list_returns(
    claim_id: UUID, actor: CurrentActor, session: RequestSession, cursor: Cursor, limit: Limit = DEFAULT_LIMIT
) -> dict[str, Any]:
    """What return files say of a claim, newest first."""
    await service.read(session, actor, claim_id)
    return page_of(await repository.returns(session, claim_id, cursor, limit), limit)


@reads.get("/claims/{claim_id}/payments", response_model=Page[PaymentBody])
async def list_payments(
    claim_id: UUID, actor: CurrentActor, session: RequestSession, cursor: Cursor, limit: Limit = DEFAULT_LIMIT
) -> dict[str, Any]:
    """What was paid on a claim and taken back, newest first."""
    await service.read(session, actor, claim_id)
    return page_of(await repository.payments(session, claim_id, cursor, limit), limit)


@writes.post("/claims/{claim_id}/documents", status_code=201, response_model=ClaimDetail)
async def add_document(
    claim_id: UUID,
    body: NewClaimDocument,
    actor: CurrentActor,
    session: RequestSession,
    resources: RequestResources,
    response: Response,
) -> dict[str, Any]:
    """Tie a document to a claim."""
    policies.may_bill(actor)
    document = await _ask_for_document(resources, body.document_id)
    await service.add_document(session, actor, claim_id, document, body.document_role)
    await session.flush()
    return await read_claim(claim_id, actor, session, response)


@writes.delete("/claims/{claim_id}/documents/{document_id}", status_code=204)
async def remove_document(claim_id: UUID, document_id: UUID, actor: CurrentActor, session: RequestSession) -> None:
    """Untie a document from a claim that no gateway is dealing with."""
    await service.remove_document(session, actor, claim_id, document_id)


@writes.post("/claims/{claim_id}/submit", status_code=202, response_model=ClaimBody)
async def submit_claim(
    claim_id: UUID,
    actor: CurrentActor,
    session: RequestSession,
    resources: RequestResources,
    body: Submission | None = None,
) -> Claim:
    """Queue a draft claim for its gateway."""
    chosen = body.gateway_type if body else None
    return await _flushed(session, await service.submit(session, actor, claim_id, chosen, resources.gateways.available))


@writes.post("/claims/{claim_id}/resubmit", status_code=202, response_model=ClaimBody)
async def resubmit_claim(
    claim_id: UUID,
    actor: CurrentActor,
    session: RequestSession,
    resources: RequestResources,
    body: Submission | None = None,
) -> Claim:
    """Queue a rejected claim again."""
    chosen = body.gateway_type if body else None
    return await _flushed(
        session, await service.resubmit(session, actor, claim_id, chosen, resources.gateways.available)
    )


@writes.post("/claims/{claim_id}/cancel", response_model=ClaimBody)
async def cancel_claim(claim_id: UUID, body: Cancellation, actor: CurrentActor, session: RequestSession) -> Claim:
    """Withdraw a claim that no gateway is dealing with."""
    return await _flushed(session, await service.cancel(session, actor, claim_id, body.reason))


@writes.post("/claims/{claim_id}/write-off", response_model=ClaimBody)
async def write_off_claim(claim_id: UUID, body: WriteOff, actor: CurrentActor, session: RequestSession) -> Claim:
    """Give up on what is outstanding of a claim."""
    return await _flushed(session, await service.write_off(session, actor, claim_id, body.reason))


@writes.post("/claims/{claim_id}/result", response_model=ClaimBody)
async def enter_result(claim_id: UUID, body: Result, actor: CurrentActor, session: RequestSession) -> Claim:
    """Enter what became of a claim of the MANUAL gateway."""
    rejection = (body.rejection_code, body.rejection_reason)
    claim = await service.enter_result(
        session, actor, claim_id, body.status, rejection=rejection, gateway_ref=body.gateway_ref
    )
    return await _flushed(session, claim)


@writes.post("/claims/{claim_id}/sync", status_code=202, response_model=ClaimBody)
async def sync_claim(claim_id: UUID, actor: CurrentActor, session: RequestSession) -> Claim:
    """Ask the gateway about a claim now."""
    return await service.sync(session, actor, claim_id)


async def _flushed(session: AsyncSession, claim: Claim) -> Claim:
    """With what the database fills in."""
    await session.flush()
    return claim


async def _ask_for_document(resources: BillingResources, document_id: UUID) -> KnownDocument | None:
    """Before the first query: no transaction waits for another service."""
    found = await resources.services.get("documents", f"/documents/{document_id}")
    if found is None:
        return None
    return KnownDocument(
        id=document_id,
        clean=found["scanStatus"] == ScanStatus.CLEAN,
        case_id=_id(found.get("caseId")),
        patient_id=_id(found.get("patientId")),
    )


def _id(text: str | None) -> UUID | None:
    return UUID(text) if text else None
