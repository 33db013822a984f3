"""`/documents/{id}/legal-hold`."""

from uuid import UUID

from common.http import CurrentActor, RequestSession, api_router

from documents.retention import service
from documents.retention.schemas import LegalHold

router = api_router("documents")


@router.put("/documents/{document_id}/legal-hold", status_code=204)
async def hold_document(document_id: UUID, body: LegalHold, actor: CurrentActor, session: RequestSession) -> None:
    """Have a document kept, whatever else would delete it."""
    await service.set_legal_hold(session, actor, document_id, body.reason)


@router.delete("/documents/{document_id}/legal-hold", status_code=204)
async def release_document(document_id: UUID, actor: CurrentActor, session: RequestSession) -> None:
    """End a legal hold."""
    await service.set_legal_hold(session, actor, document_id, None)
