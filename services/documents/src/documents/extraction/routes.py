"""`/documents/{id}/metadata` and `/documents/{id}/thumbnail`."""

from uuid import UUID

from common.http import CurrentActor, RequestSession, api_router
from common.http.etags import check_if_match, set_etag
from fastapi import Request, Response

from documents.documents import service as library
from documents.documents.schemas import DocumentBody, DownloadLink
from documents.extraction import policies, service
from documents.extraction.schemas import Confirmation
from documents.resources import OurResources

router = api_router("documents")


@router.patch("/documents/{document_id}/metadata")
async def confirm_metadata(
    document_id: UUID,
    body: Confirmation,
    actor: CurrentActor,
    session: RequestSession,
    request: Request,
    response: Response,
) -> DocumentBody:
    """Confirm or correct what was read off a document."""
    policies.may_confirm(actor)
    document = await library.changeable(session, actor, document_id)
    check_if_match(request, document.version)
    await service.confirm(session, actor, document, body.values)
    set_etag(response, document.version)
    return DocumentBody.of(document)


@router.get("/documents/{document_id}/thumbnail")
async def document_thumbnail(
    document_id: UUID, actor: CurrentActor, session: RequestSession, resources: OurResources
) -> DownloadLink:
    """A short-lived link to a small picture of the first page, where there is one."""
    document, key = await service.with_thumbnail(session, actor, document_id)
    link = await resources.storage.presign_get(
        resources.bucket(document.bucket),
        key,
        filename="thumbnail.png",
        mime_type="image/png",
        seconds=resources.settings.download_link_seconds,
    )
    return DownloadLink.model_validate(link)
