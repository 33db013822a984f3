"""Use cases of documents."""

from uuid import UUID

from common import audit, consents
from common.auth import Actor
from common.clock import now
from common.contracts.documents import DocumentDeletedV1, DocumentUploadedV1
from common.contracts.enums import ScanStatus
from common.contracts.jobs import ScanDocumentV1
from common.errors import BrokenRule, Conflict, NotFound
from common.events import outbox
from common.ids import new_id
from sqlalchemy.ext.asyncio import AsyncSession

from documents.access import repository as access
from documents.access.domain import CaseSeen
from documents.content import Measured
from documents.documents import policies, repository, uploads
from documents.documents.domain import Hold, Standing, bucket_of, needs_consent, new_storage_key
from documents.documents.events import facts
from documents.documents.models import Document
from documents.documents.schemas import NewDocument

HELD = {
    Hold.LEGAL: "The document is under a legal hold",
    Hold.CASE: "The document belongs to a case",
    Hold.RETENTION: "The law has the document kept",
}


async def announce(session: AsyncSession, actor: Actor, new: NewDocument, case: CaseSeen | None) -> Document:
    """Take note of a document about to be uploaded."""
    placed = policies.placement(actor, new.document_type, new.patient_id, case)
    if placed.patient_id is not None and needs_consent(new.document_type, actor.role):
        await consents.require(session, placed.patient_id)
    announced = uploads.declared(new.filename, new.mime_type, new.size_bytes)
    document = Document(
        id=new_id(),
        owner_id=actor.user_id,
        owner_type=placed.owner_type,
        patient_id=placed.patient_id,
        case_id=placed.case_id,
        document_type=new.document_type,
        filename=announced.filename,
        mime_type=announced.media_type.value,
        size_bytes=announced.size_bytes,
        bucket=bucket_of(new.document_type, announced.media_type.value, actor.role),
        storage_key=new_storage_key(),
        sha256_hash=new.sha256_hash.lower() if new.sha256_hash else None,
    )
    session.add(document)
    await session.flush()
    audit.record(session, "documents", "document.announce", "Document", document.id)
    return document


async def complete(session: AsyncSession, actor: Actor, document_id: UUID, measured: Measured | None) -> Document:
    """Take in what was uploaded and checked, once, and queue its scan."""
    document = await repository.document(session, actor, document_id, lock=measured is not None)
    if document is None:
        raise _not_found()
    if measured is None or document.uploaded_at is not None:
        return document
    document.sha256_hash = measured.sha256
    document.uploaded_at = document.scan_queued_at = now()
    if document.patient_id is not None:
        await access.note_activity(session, document.patient_id, document.uploaded_at)
    outbox.record(session, DocumentUploadedV1(**facts(document)), of=document)
    outbox.record(session, ScanDocumentV1(document_id=document.id), of=document.id)
    audit.record(session, "documents", "document.upload", "Document", document.id)
    await session.flush()
    return document


async def changeable(session: AsyncSession, actor: Actor, document_id: UUID) -> Document:
    """One document, locked; `NotFound` when the actor may not know of it."""
    document = await repository.document(session, actor, document_id, lock=True)
    if document is None:
        raise _not_found()
    return document


async def downloadable(session: AsyncSession, actor: Actor, document_id: UUID) -> Document:
    """A document about to be downloaded; `Conflict` unless it was found clean. Audited, whoever asks."""
    document = await repository.document(session, actor, document_id)
    if document is None:
        raise _not_found()
    require_clean(document)
    audit.record(session, "documents", "document.download", "Document", document.id)
    return document


def require_clean(document: Document) -> None:
    """`Conflict` for a document that has not been found clean."""
    if document.scan_status is not ScanStatus.CLEAN:
        raise Conflict(f"The scan status is {document.scan_status}", code="DOC_NOT_CLEAN")


async def delete(session: AsyncSession, actor: Actor, document_id: UUID) -> None:
    """Delete a document, softly; `BrokenRule` while a case or the duty to keep it holds it."""
    document = await changeable(session, actor, document_id)
    policies.may_delete(actor, document)
    hold = await hold_on(session, document)
    if hold is not None:
        raise BrokenRule(HELD[hold], code=hold.value)
    mark_deleted(session, document, "document.delete")
    await session.flush()


def mark_deleted(session: AsyncSession, document: Document, action: str) -> None:
    """Delete a document that nothing holds; `action` is what the audit log calls it."""
    document.deleted_at = now()
    outbox.record(session, DocumentDeletedV1(**facts(document)), of=document)
    audit.record(session, "documents", action, "Document", document.id)


async def hold_on(session: AsyncSession, document: Document) -> Hold | None:
    """What forbids the deletion of a document, if anything."""
    patient_id = document.patient_id
    standing = Standing(
        document_type=document.document_type,
        scan_status=document.scan_status,
        uploaded=document.uploaded_at is not None,
        case_id=document.case_id,
        of_prescription=await repository.is_of_prescription(session, document.id),
        patient_has_case=patient_id is not None and await repository.patient_has_case(session, patient_id),
        legal_hold=document.legal_hold_reason is not None,
    )
    return standing.hold()


def _not_found() -> NotFound:
    return NotFound("Document", code="DOC_NOT_FOUND")
