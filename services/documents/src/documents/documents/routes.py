"""`/documents`."""

from typing import Annotated
from uuid import UUID

from common.http import CurrentActor, Page, RequestSession, api_router, edge_route
from fastapi import Query, Request, Response

from documents.access import service as access
from documents.documents import hot, multipart, policies, service, uploads
from documents.documents.schemas import (
    AnnouncedDocument,
    DocumentBody,
    DocumentQuery,
    DownloadLink,
    NewDocument,
    PartLinks,
    UploadLink,
)
from documents.resources import OurResources

uploads_router = api_router("documents", route_class=edge_route(limit="upload"))
router = api_router("documents")


@uploads_router.post("/documents", status_code=201)
async def announce_document(
    body: NewDocument, actor: CurrentActor, session: RequestSession, resources: OurResources
) -> AnnouncedDocument:
    """Announce a document; the answer says how to upload it, directly to the storage."""
    policies.may_upload(actor, body.document_type)
    case = await access.case_seen(resources, actor, body.case_id, body.document_type)
    document = await service.announce(session, actor, body, case)
    link = await resources.storage.presign_put(
        resources.bucket(document.bucket),
        document.storage_key,
        size=document.size_bytes,
        mime_type=document.mime_type,
        sha256_hex=document.sha256_hash,
        seconds=resources.settings.upload_link_seconds,
    )
    return AnnouncedDocument(document=DocumentBody.of(document), upload=UploadLink.model_validate(link))


@router.post("/documents/{document_id}/complete")
async def complete_document(
    document_id: UUID, actor: CurrentActor, session: RequestSession, resources: OurResources
) -> DocumentBody:
    """Say that the upload is done: the content is checked, then scanned. Saying so again changes nothing."""
    measured = await uploads.inspect(resources, session, actor, document_id)
    return DocumentBody.of(await service.complete(session, actor, document_id, measured))


@router.post("/documents/{document_id}/multipart")
async def upload_in_parts(
    document_id: UUID, actor: CurrentActor, session: RequestSession, resources: OurResources
) -> PartLinks:
    """Upload in parts, instead of by the one link: links for the parts that have not arrived, now and when asked again.

    Completing puts the parts together.
    """
    return await multipart.begin(resources, session, actor, document_id)


@router.delete("/documents/{document_id}/multipart", status_code=204)
async def give_up_parts(
    document_id: UUID, actor: CurrentActor, session: RequestSession, resources: OurResources
) -> None:
    """Forget what has been uploaded in parts; the document can still be uploaded, in parts or whole."""
    await multipart.give_up(resources, session, actor, document_id)


@router.get("/documents", response_model=Page[DocumentBody])
async def list_documents(_query: Annotated[DocumentQuery, Query()], actor: CurrentActor, request: Request) -> Response:
    """List documents, newest first. A hot read, answered before it gets here; this is how OpenAPI knows of it."""
    return await hot.list_documents(request, actor)


@router.get("/documents/{document_id}", response_model=DocumentBody)
async def read_document(document_id: UUID, actor: CurrentActor, request: Request) -> Response:
    """One document. A hot read, answered before it gets here; this is how OpenAPI knows of it."""
    return await hot.read_document(request, actor)


@router.get("/documents/{document_id}/download")
async def download_document(
    document_id: UUID, actor: CurrentActor, session: RequestSession, resources: OurResources
) -> DownloadLink:
    """A short-lived link to the content of a clean document."""
    document = await service.downloadable(session, actor, document_id)
    link = await resources.storage.presign_get(
        resources.bucket(document.bucket),
        document.storage_key,
        filename=document.filename,
        mime_type=document.mime_type,
        seconds=resources.settings.download_link_seconds,
    )
    return DownloadLink.model_validate(link)


@router.delete("/documents/{document_id}", status_code=204)
async def delete_document(document_id: UUID, actor: CurrentActor, session: RequestSession) -> None:
    """Delete a document that no case and no duty to keep holds."""
    await service.delete(session, actor, document_id)
