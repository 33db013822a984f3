"""The scan job of the `documents` queue. While the scanner is away it fails, is tried again, and nothing is clean.

When its tries are used up the job is given up, but not the document: a schedule queues it again.
"""

import structlog
from common.contracts.enums import ScanStatus
from common.contracts.jobs import ScanDocumentV1
from common.events.envelope import Received
from common.events.retry import PermanentError
from common.storage import ObjectMissing

from documents.documents import repository
from documents.documents.domain import original_key, quarantine_key
from documents.documents.models import Document
from documents.queue import jobs, schedules
from documents.resources import DocumentsResources
from documents.scanning import service
from documents.scanning.verdict import ScanStatus as Outcome

log = structlog.get_logger(__name__)


@jobs.on(ScanDocumentV1)
async def scan_document(resources: DocumentsResources, job: Received[ScanDocumentV1]) -> None:
    """Scan a document that waits for it; quarantine it when infected."""
    async with resources.database.transaction() as session:
        document = await repository.any_document(session, job.data.document_id)
    if document is None or document.uploaded_at is None:
        return
    if document.scan_status is ScanStatus.PENDING:
        document = await _scan(resources, document)
    if document is not None and document.scan_status is ScanStatus.INFECTED:
        # Only now, and again when this job died here before: the quarantined copy is what the database names.
        await resources.storage.delete(resources.bucket(document.bucket), original_key(document.storage_key))


@schedules.on("pending-scans")
async def queue_pending_scans(resources: DocumentsResources) -> None:
    """Queue every scan again whose job must have been given up."""
    async with resources.database.transaction() as session:
        await service.queue_again(session)


async def _scan(resources: DocumentsResources, document: Document) -> Document | None:
    bucket, key = resources.bucket(document.bucket), document.storage_key
    try:
        verdict = await resources.scanner.scan(resources.storage.stream(bucket, key))
        if verdict.status is Outcome.INFECTED:
            log.warning("document_infected", document_id=str(document.id), signatures=verdict.signatures)
            await resources.storage.copy(bucket, key, quarantine_key(key))
    except ObjectMissing as missing:
        raise PermanentError(f"the content of document {document.id} is gone") from missing
    async with resources.database.transaction() as session:
        return await service.decide(session, document.id, verdict)
