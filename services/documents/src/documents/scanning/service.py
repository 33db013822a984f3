"""What a verdict makes of a document."""

from datetime import timedelta
from uuid import UUID

from common import audit
from common.clock import now
from common.contracts.documents import DocumentCleanV1, DocumentInfectedV1
from common.contracts.enums import ScanStatus
from common.contracts.jobs import ExtractTextV1, ScanDocumentV1
from common.events import outbox
from sqlalchemy.ext.asyncio import AsyncSession

from documents.documents import repository
from documents.documents.domain import quarantine_key
from documents.documents.events import facts
from documents.documents.models import Document
from documents.scanning.verdict import Verdict

GIVEN_UP = timedelta(minutes=15)
"""Longer than all tries of a scan job together."""


async def queue_again(session: AsyncSession) -> int:
    """Queue the scans whose jobs must have been given up by now; how many."""
    lost = await repository.scans_queued_before(session, now() - GIVEN_UP, now())
    for document_id in lost:
        outbox.record(session, ScanDocumentV1(document_id=document_id), of=document_id)
    return len(lost)


async def decide(session: AsyncSession, document_id: UUID, verdict: Verdict) -> Document | None:
    """Note the verdict, once; None when there is nothing to note it of any more. An infected object is moved first."""
    document = await repository.any_document(session, document_id, lock=True)
    if document is None or document.scan_status is not ScanStatus.PENDING:
        return document
    document.scan_status = ScanStatus(verdict.status.value)
    document.scan_completed_at = now()
    if document.scan_status is ScanStatus.CLEAN:
        outbox.record(session, DocumentCleanV1(**facts(document)), of=document)
        outbox.record(session, ExtractTextV1(document_id=document.id), of=document.id)
    else:
        document.storage_key = quarantine_key(document.storage_key)
        outbox.record(session, DocumentInfectedV1(**facts(document)), of=document)
    changes = audit.changed({"scanStatus": "PENDING"}, {"scanStatus": document.scan_status.value})
    if verdict.signatures:
        changes["signatures"] = {"before": None, "after": ", ".join(verdict.signatures)}
    audit.record(session, "documents", "document.scan", "Document", document.id, changes)
    await session.flush()
    return document
