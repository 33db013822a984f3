"""Large scans in parts: links for the parts, what has arrived of them, and what to do when the sender gives up.

The sender asks for links, and again when they run out or the connection broke: what has arrived need not be sent
again. Completion puts the parts together before it checks the whole as it checks every upload.
"""

from uuid import UUID

from common import audit
from common.auth import Actor
from common.errors import Conflict, Detail, NotFound
from common.storage import Part, Presigned, UploadMissing
from sqlalchemy.ext.asyncio import AsyncSession

from documents.documents import policies, repository
from documents.documents.domain import part_sizes
from documents.documents.models import Document
from documents.documents.schemas import PartLink, PartLinks
from documents.resources import DocumentsResources

_COMPLETED = Conflict("The upload is complete", code="DOC_ALREADY_UPLOADED")


async def begin(resources: DocumentsResources, session: AsyncSession, actor: Actor, document_id: UUID) -> PartLinks:
    """Links for the parts that have not arrived; `NotFound`, `Forbidden`, `Conflict` once the upload is complete.

    The storage is asked while no transaction is open: `session` is used last.
    """
    async with resources.database.transaction() as reading:
        document = await _uploading(reading, actor, document_id)
    arrived = await _arrived(resources, document)
    if arrived is None:
        document, arrived = await _begun(resources, session, actor, document), []
    return await _links(resources, document, arrived)


async def give_up(resources: DocumentsResources, session: AsyncSession, actor: Actor, document_id: UUID) -> None:
    """Forget what has arrived in parts; errors as of `begin`."""
    async with resources.database.transaction() as reading:
        seen = await _uploading(reading, actor, document_id)
    if seen.multipart_upload is None:
        return
    bucket = resources.bucket(seen.bucket)
    await resources.storage.give_up_parts(bucket, seen.storage_key, seen.multipart_upload)
    document = await _uploading(session, actor, document_id, lock=True)
    if document.multipart_upload == seen.multipart_upload:
        document.multipart_upload = None
        audit.record(session, "documents", "document.give-up", "Document", document.id)
        await session.flush()


async def assemble(resources: DocumentsResources, document: Document) -> None:
    """Make one object of the parts; `Conflict` naming those that are missing.

    Nothing happens where the content did not come in parts, or was put together before.
    """
    arrived = await _arrived(resources, document)
    if not arrived or document.multipart_upload is None:
        return
    missing = _missing(document, arrived)
    if missing:
        details = [Detail("parts", "MISSING", f"part {number}") for number in missing]
        raise Conflict("Not all parts have been uploaded yet", code="DOC_NOT_UPLOADED", details=details)
    bucket = resources.bucket(document.bucket)
    try:
        await resources.storage.finish_parts(bucket, document.storage_key, document.multipart_upload, arrived)
    except UploadMissing:
        return  # put together by a call at the same time; whether it is all there is looked at next


async def _uploading(session: AsyncSession, actor: Actor, document_id: UUID, *, lock: bool = False) -> Document:
    document = await repository.document(session, actor, document_id, lock=lock)
    if document is None:
        raise NotFound("Document", code="DOC_NOT_FOUND")
    policies.may_complete(actor, document)
    if document.uploaded_at is not None:
        raise _COMPLETED
    return document


async def _arrived(resources: DocumentsResources, document: Document) -> list[Part] | None:
    """None where no upload in parts is under way."""
    if document.multipart_upload is None:
        return None
    bucket = resources.bucket(document.bucket)
    try:
        return await resources.storage.parts(bucket, document.storage_key, document.multipart_upload)
    except UploadMissing:
        return None


async def _begun(resources: DocumentsResources, session: AsyncSession, actor: Actor, seen: Document) -> Document:
    """The document with an upload under way: of two begun at once the first, the other is cleared out in time."""
    begun = await resources.storage.begin_parts(resources.bucket(seen.bucket), seen.storage_key, seen.mime_type)
    document = await _uploading(session, actor, seen.id, lock=True)
    if document.multipart_upload != seen.multipart_upload:
        return document
    document.multipart_upload = begun
    audit.record(session, "documents", "document.begin-parts", "Document", document.id)
    await session.flush()
    return document


async def _links(resources: DocumentsResources, document: Document, arrived: list[Part]) -> PartLinks:
    missing = _missing(document, arrived)
    sizes = part_sizes(document.size_bytes)
    presigned = {number: await _presigned(resources, document, number, sizes[number - 1]) for number in missing}
    return PartLinks(
        received=[number for number in range(1, len(sizes) + 1) if number not in presigned],
        parts=[
            PartLink(
                number=number,
                size_bytes=sizes[number - 1],
                url=link.url,
                method=link.method,
                headers=link.headers,
                expires_at=link.expires_at,
            )
            for number, link in presigned.items()
        ],
    )


async def _presigned(resources: DocumentsResources, document: Document, number: int, size: int) -> Presigned:
    return await resources.storage.presign_part(
        resources.bucket(document.bucket),
        document.storage_key,
        str(document.multipart_upload),
        number,
        size=size,
        seconds=resources.settings.upload_link_seconds,
    )


def _missing(document: Document, arrived: list[Part]) -> list[int]:
    sizes = {part.number: part.size for part in arrived}
    wanted = enumerate(part_sizes(document.size_bytes), start=1)
    return [number for number, size in wanted if sizes.get(number) != size]
