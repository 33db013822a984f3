"""The job that reads a clean document. A document is as available whether or not it can be read."""

from common.contracts.enums import ScanStatus
from common.contracts.jobs import ExtractTextV1
from common.events.envelope import Received
from common.events.retry import PermanentError
from common.storage import ObjectMissing

from documents.content import MediaType
from documents.documents import repository
from documents.documents.domain import new_storage_key
from documents.extraction import process, service
from documents.queue import jobs
from documents.resources import DocumentsResources


@jobs.on(ExtractTextV1)
async def extract_text(resources: DocumentsResources, job: Received[ExtractTextV1]) -> None:
    """Read a document, unless that was done."""
    async with resources.database.transaction() as session:
        document = await repository.any_document(session, job.data.document_id)
    if document is None or document.scan_status is not ScanStatus.CLEAN or service.was_read(document):
        return
    bucket = resources.bucket(document.bucket)
    content = resources.storage.stream(bucket, document.storage_key)
    try:
        reading = await process.read(content, MediaType(document.mime_type), resources.reader_limits)
    except ObjectMissing as missing:
        raise PermanentError(f"the content of document {document.id} is gone") from missing
    key = None
    if reading is not None and reading.thumbnail is not None:
        key = new_storage_key()
        await resources.storage.put(bucket, key, reading.thumbnail, MediaType.PNG)
    async with resources.database.transaction() as session:
        kept = await service.keep(session, document.id, reading, key)
    if key is not None and not kept:
        await resources.storage.delete(bucket, key)
