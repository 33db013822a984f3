"""Keeping the PDFs the platform makes, each exactly once."""

import hashlib
from dataclasses import dataclass
from uuid import UUID

from common import audit
from common.clock import now
from common.contracts.documents import DocumentGeneratedV1
from common.contracts.enums import DocumentType, ScanStatus
from common.events import outbox
from common.ids import new_id
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from documents.content import MediaType
from documents.documents.domain import Bucket, OwnerType, new_storage_key
from documents.documents.events import facts
from documents.documents.models import Document
from documents.resources import DocumentsResources


@dataclass(frozen=True, slots=True)
class Generated:
    """A PDF of a case. It shows the quote `quote_id` or is for the delivery of the case `delivery_of`.

    `owner_id` is whoever caused it, None where nobody did.
    """

    document_type: DocumentType
    filename: str
    owner_id: UUID | None
    patient_id: UUID
    case_id: UUID
    quote_id: UUID | None = None
    delivery_of: UUID | None = None


async def keep(resources: DocumentsResources, made: Generated, pdf: bytes) -> None:
    """Store a PDF and make it a document, unless there is one of the same quote or delivery already."""
    bucket, key = resources.bucket(Bucket.GENERATED), new_storage_key()
    await resources.storage.put(bucket, key, pdf, MediaType.PDF)
    async with resources.database.transaction() as session:
        kept = await _insert(session, made, key, pdf)
    if not kept:
        await resources.storage.delete(bucket, key)


async def _insert(session: AsyncSession, made: Generated, key: str, pdf: bytes) -> bool:
    moment = now()
    new = insert(Document).values(
        id=new_id(),
        version=1,
        owner_id=made.owner_id,
        owner_type=OwnerType.STAFF,
        patient_id=made.patient_id,
        case_id=made.case_id,
        quote_id=made.quote_id,
        delivery_of=made.delivery_of,
        document_type=made.document_type,
        filename=made.filename,
        mime_type=MediaType.PDF,
        size_bytes=len(pdf),
        bucket=Bucket.GENERATED,
        storage_key=key,
        sha256_hash=hashlib.sha256(pdf).hexdigest(),
        uploaded_at=moment,
        scan_status=ScanStatus.CLEAN,
        scan_completed_at=moment,
    )
    document = (await session.scalars(new.on_conflict_do_nothing().returning(Document))).one_or_none()
    if document is None:
        return False
    outbox.record(session, DocumentGeneratedV1(**facts(document), quote_id=made.quote_id), of=document)
    audit.record(session, "documents", "document.generate", "Document", document.id)
    return True
