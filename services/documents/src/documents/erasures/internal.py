"""What identity asks before it has a patient forgotten (`/internal/v1`)."""

from typing import Annotated
from uuid import UUID

from common.http import RequestSession, allow_callers, internal_router
from fastapi import Depends, Query

from documents.erasures import service
from documents.erasures.schemas import Standing

router = internal_router()


@router.get("/patients/{patient_id}/documents")
async def standing_of_documents(
    patient_id: UUID,
    user_id: Annotated[UUID, Query(alias="userId")],
    session: RequestSession,
    _caller: Annotated[str, Depends(allow_callers("identity"))],
) -> list[Standing]:
    """Each document of a patient whose account is `userId`, and what keeps it."""
    return await service.standing(session, patient_id, user_id)
