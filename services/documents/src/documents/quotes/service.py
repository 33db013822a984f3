"""Keeping the PDF of a quote."""

import hashlib
from uuid import UUID

from common import audit
from common.clock import now
from common.contracts.documents import DocumentGeneratedV1
from common.contracts.enums import DocumentType, ScanStatus
from common.contracts.jobs import RenderQuoteV1
from common.events import outbox
from common.ids import new_id
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from documents.content import MediaType
from documents.documents.domain import Bucket, OwnerType
from documents.documents.events import facts
from documents.documents.models import Document


async def keep(
    session: AsyncSession, job: RenderQuoteV1, sender: UUID | None, *, number: str, key: str, pdf: bytes
) -> bool:
    """Make the stored PDF the document of its quote; False when the quote has one already."""
    moment = now()
    new = insert(Document).values(
        id=new_id(),
        version=1,
        owner_id=sender,
        owner_type=OwnerType.STAFF,
        patient_id=job.patient_id,
        case_id=job.case_id,
        quote_id=job.quote_id,
        document_type=DocumentType.QUOTE_PDF,
        filename=f"devis-{number}.pdf",
        mime_type=MediaType.PDF,
        size_bytes=len(pdf),
        bucket=Bucket.GENERATED,
        storage_key=key,
        sha256_hash=hashlib.sha256(pdf).hexdigest(),
        uploaded_at=moment,
        scan_status=ScanStatus.CLEAN,
        scan_completed_at=moment,
    )
    once = new.on_conflict_do_nothing(index_elements=[Document.quote_id]).returning(Document)
    document = (await session.scalars(once)).one_or_none()
    if document is None:
        return False
    outbox.record(session, DocumentGeneratedV1(**facts(document), quote_id=job.quote_id), of=document)
    audit.record(session, "documents", "document.generate", "Document", document.id)
    return True
