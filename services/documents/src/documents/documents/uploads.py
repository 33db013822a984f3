"""Looking at what a client uploaded: read once, in constant memory, in no transaction."""

import asyncio
from collections.abc import AsyncIterator
from uuid import UUID

from common import audit
from common.auth import Actor
from common.errors import BrokenRule, Conflict, Detail, InvalidInput, NotFound
from common.storage import ObjectMissing
from sqlalchemy.ext.asyncio import AsyncSession

from documents.content import ContentCheck, ContentRefused, Declaration, Measured, MediaType, Reason, check_declaration
from documents.documents import multipart, policies, repository
from documents.documents.models import Document
from documents.resources import DocumentsResources

_HASHED_AT_ONCE = 512 * 1024
_FIELDS = {
    Reason.TOO_LARGE: "sizeBytes",
    Reason.EMPTY: "sizeBytes",
    Reason.SIZE_MISMATCH: "sizeBytes",
    Reason.TYPE_NOT_ALLOWED: "mimeType",
    Reason.CONTENT_MISMATCH: "mimeType",
    Reason.HASH_MISMATCH: "sha256Hash",
    Reason.BAD_FILENAME: "filename",
}


def declared(filename: str, mime_type: str, size_bytes: int) -> Declaration:
    """What is announced, cleaned; `InvalidInput` with a `DOC_…` code when it is not accepted."""
    try:
        return check_declaration(filename, mime_type, size_bytes)
    except ContentRefused as refused:
        details = [Detail(_FIELDS[refused.reason], refused.reason.name, refused.detail)]
        raise InvalidInput("The document is not accepted", code=refused.reason.value, details=details) from refused


async def inspect(
    resources: DocumentsResources, session: AsyncSession, actor: Actor, document_id: UUID
) -> Measured | None:
    """What arrived for a document, checked; None when that was done before.

    `session` is not used to query: it only takes the audit entry of a refusal. `NotFound`; `Forbidden` to all but the
    uploader; `Conflict` when nothing was uploaded; `BrokenRule` with a `DOC_…` code when it is not what was announced.
    """
    async with resources.database.transaction() as reading:
        document = await repository.document(reading, actor, document_id)
    if document is None:
        raise NotFound("Document", code="DOC_NOT_FOUND")
    policies.may_complete(actor, document)
    if document.uploaded_at is not None:
        return None
    await multipart.assemble(resources, document)
    try:
        return await measure(resources, document)
    except ObjectMissing as missing:
        raise Conflict("Nothing has been uploaded yet", code="DOC_NOT_UPLOADED") from missing
    except ContentRefused as refused:
        audit.record(session, "documents", "document.refuse", "Document", document.id, {"reason": refused.reason.value})
        detail = Detail(_FIELDS[refused.reason], refused.reason.name, refused.detail)
        message = "The content is not what was announced"
        raise BrokenRule(message, code=refused.reason.value, details=[detail]).keeping() from refused


async def measure(resources: DocumentsResources, document: Document) -> Measured:
    """What lies in the storage for a document, held against what was announced; `ObjectMissing`, `ContentRefused`."""
    announced = Declaration(document.filename, MediaType(document.mime_type), document.size_bytes)
    bucket = resources.bucket(document.bucket)
    found = await resources.storage.size(bucket, document.storage_key)
    if found != announced.size_bytes:
        detail = f"announced {announced.size_bytes} bytes, found {found}"
        raise ContentRefused(Reason.SIZE_MISMATCH, detail)
    check = ContentCheck()
    await _hash(check, _pieces(resources.storage.stream(bucket, document.storage_key)))
    return check.finish(announced, document.sha256_hash)


async def _hash(check: ContentCheck, pieces: AsyncIterator[bytes]) -> None:
    """Have a thread look at one piece while the next is read."""
    turn: asyncio.Task[None] | None = None
    try:
        async for piece in pieces:
            if turn is not None:
                await turn
            turn = asyncio.create_task(asyncio.to_thread(check.update, piece))
    finally:
        if turn is not None:
            await turn


async def _pieces(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The same bytes in pieces worth a hop to a thread."""
    gathered: list[bytes] = []
    size = 0
    async for chunk in chunks:
        gathered.append(chunk)
        size += len(chunk)
        if size >= _HASHED_AT_ONCE:
            yield b"".join(gathered)
            gathered, size = [], 0
    if gathered:
        yield b"".join(gathered)
