"""What other services ask of documents (`/internal/v1`)."""

from typing import Annotated
from uuid import UUID

from common import audit
from common.errors import NotFound
from common.http import RequestSession, allow_callers, internal_router
from fastapi import Depends
from starlette.responses import StreamingResponse

from documents.documents import repository, service
from documents.documents.models import Document
from documents.documents.schemas import InternalDocument
from documents.resources import OurResources

router = internal_router()


@router.get("/documents/{document_id}", response_model=InternalDocument)
async def describe_document(
    document_id: UUID,
    session: RequestSession,
    _caller: Annotated[str, Depends(allow_callers("cases", "billing", "devices", "identity"))],
) -> Document:
    return await _document(session, document_id)


@router.get("/documents/{document_id}/content", response_class=StreamingResponse)
async def document_content(
    document_id: UUID,
    session: RequestSession,
    resources: OurResources,
    _caller: Annotated[str, Depends(allow_callers("billing"))],
) -> StreamingResponse:
    """The bytes of a clean document; `Conflict` for any other."""
    document = await _document(session, document_id)
    service.require_clean(document)
    audit.record(session, "documents", "document.content", "Document", document.id)
    content = resources.storage.stream(resources.bucket(document.bucket), document.storage_key)
    headers = {"Content-Length": str(document.size_bytes)}
    return StreamingResponse(content, media_type=document.mime_type, headers=headers)


async def _document(session: RequestSession, document_id: UUID) -> Document:
    document = await repository.any_document(session, document_id)
    if document is None:
        raise NotFound("Document", code="DOC_NOT_FOUND")
    return document
