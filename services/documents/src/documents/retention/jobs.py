"""The schedules that let documents go. Each covers everything due by now, in batches of a transaction each."""

import structlog
from common.clock import now

from documents.documents.domain import Bucket, original_key
from documents.documents.models import Document
from documents.queue import schedules
from documents.resources import DocumentsResources
from documents.retention import repository, service
from documents.retention.domain import ABANDONED_AFTER, PURGED_AFTER

BATCH = 200

log = structlog.get_logger(__name__)


@schedules.on("retention")
async def let_go(resources: DocumentsResources) -> None:
    """Delete, softly, what no duty keeps any longer."""
    while True:
        async with resources.database.transaction() as session:
            count = await service.expire(session, BATCH)
        if count == 0:
            return
        log.info("documents_expired", count=count)


@schedules.on("clear-out")
async def clear_out(resources: DocumentsResources) -> None:
    """Remove the content of what was deleted a while ago, and what was announced and never completed."""
    while await _purge(resources):
        pass
    while await _forget_abandoned(resources):
        pass
    await _give_up_unfinished(resources)


async def _purge(resources: DocumentsResources) -> int:
    """The object goes first: a crash in between only has it go again."""
    async with resources.database.transaction() as session:
        found = await repository.deleted_before(session, now() - PURGED_AFTER, BATCH)
        for document in found:
            await _remove_content(resources, document)
            service.purge(session, document)
    return len(found)


async def _forget_abandoned(resources: DocumentsResources) -> int:
    async with resources.database.transaction() as session:
        found = await repository.abandoned(session, now() - ABANDONED_AFTER, BATCH)
        for document in found:
            await _remove_content(resources, document)
        await repository.forget(session, found)
    return len(found)


async def _give_up_unfinished(resources: DocumentsResources) -> None:
    """Forget the parts of uploads that were never completed, those included that no document knows of any more."""
    for bucket in map(resources.bucket, Bucket):
        async for upload in resources.storage.unfinished(bucket):
            if upload.begun_at < now() - ABANDONED_AFTER:
                await resources.storage.give_up_parts(bucket, upload.key, upload.upload_id)


async def _remove_content(resources: DocumentsResources, document: Document) -> None:
    bucket = resources.bucket(document.bucket)
    for key in {document.storage_key, original_key(document.storage_key), document.thumbnail_key} - {None}:
        await resources.storage.delete(bucket, str(key))
