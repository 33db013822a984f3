"""Use cases of keeping and letting go."""

from uuid import UUID

from common import audit
from common.auth import Actor
from common.clock import now
from sqlalchemy.ext.asyncio import AsyncSession

from documents.documents import service as library
from documents.documents.models import Document
from documents.retention import policies, repository
from documents.retention.domain import DUTIES


async def set_legal_hold(session: AsyncSession, actor: Actor, document_id: UUID, reason: str | None) -> Document:
    """Have a document kept for `reason`, or, with None, no longer."""
    policies.may_hold(actor)
    document = await library.changeable(session, actor, document_id)
    if document.legal_hold_reason != reason:
        changes = audit.changed({"legalHoldReason": document.legal_hold_reason}, {"legalHoldReason": reason})
        document.legal_hold_reason = reason
        audit.record(session, "documents", "document.hold", "Document", document.id, changes)
        await session.flush()
    return document


async def expire(session: AsyncSession, limit: int) -> int:
    """Delete documents that no duty keeps any longer; how many, at most `limit` of each type."""
    count = 0
    for document_type, duty in DUTIES.items():
        for document in await repository.over(session, document_type, duty, now(), limit):
            library.mark_deleted(session, document, "document.expire")
            count += 1
    return count


def purge(session: AsyncSession, document: Document) -> None:
    """Note that the content of a deleted document is gone. What stays tells that it was, and its hash."""
    document.purged_at = now()
    document.filename = ""
    document.extracted = None
    audit.record(session, "documents", "document.purge", "Document", document.id)
