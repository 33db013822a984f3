"""What identity gathers for a patient (`/internal/v1`)."""

from typing import Annotated, Any
from uuid import UUID

from common.http import Cursor, Limit, Page, RequestSession, allow_callers, internal_router, page_of
from common.http.pages import DEFAULT_LIMIT
from fastapi import Depends

from billing.claims import repository as claims
from billing.claims.routes import MOST
from billing.claims.schemas import ClaimBody, ClaimDetail
from billing.exports import repository

router = internal_router()


@router.get("/patients/{patient_id}/claims", response_model=Page[ClaimDetail])
async def claims_of_patient(
    patient_id: UUID,
    session: RequestSession,
    cursor: Cursor,
    _caller: Annotated[str, Depends(allow_callers("identity"))],
    limit: Limit = DEFAULT_LIMIT,
) -> dict[str, Any]:
    """A patient's claims with documents, returns, payments and history."""
    found = page_of(await repository.claims_of(session, patient_id, cursor, limit), limit)
    found["items"] = [
        {
            **ClaimBody.model_validate(claim).model_dump(),
            "documents": await claims.documents(session, claim.id),
            "returns": await claims.returns(session, claim.id, None, MOST),
            "payments": await claims.payments(session, claim.id, None, MOST),
            "history": await claims.history(session, claim.id),
        }
        for claim in found["items"]
    ]
    return found
