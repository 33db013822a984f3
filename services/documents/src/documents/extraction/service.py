"""Keeping what was read, and what staff made of it."""

from typing import Any
from uuid import UUID

from common import audit
from common.auth import Actor
from common.clock import today
from common.contracts.documents import DocumentTextExtractedV1
from common.errors import Conflict, NotFound
from common.events import outbox
from sqlalchemy.ext.asyncio import AsyncSession

from documents.documents import repository
from documents.documents.events import facts
from documents.documents.models import Document
from documents.extraction import policies
from documents.extraction.domain import Field, proposals
from documents.extraction.process import Reading


def was_read(document: Document) -> bool:
    """Whether the document has been read, or found unreadable."""
    return "source" in (document.extracted or {})


def _as_metadata(reading: Reading | None, document: Document) -> dict[str, Any]:
    """`source` is None for what could not be read. The text itself is not kept: whoever needs it has the document."""
    if reading is None:
        return {"source": None, "pages": None, "characters": 0, "layout": [], "proposals": []}
    found = proposals(reading.text, document.document_type, today())
    return {
        "source": reading.source.value,
        "pages": reading.pages,
        "characters": len(reading.text),
        "layout": reading.layout,
        "proposals": [proposal.as_json() for proposal in found],
    }


async def keep(session: AsyncSession, document_id: UUID, reading: Reading | None, thumbnail_key: str | None) -> bool:
    """Note what was read of a document, once; False when that was done, or it is gone."""
    document = await repository.any_document(session, document_id, lock=True)
    if document is None or was_read(document):
        return False
    document.extracted = {**(document.extracted or {}), **_as_metadata(reading, document)}
    document.thumbnail_key = thumbnail_key
    if reading is not None and reading.text.strip():
        outbox.record(session, DocumentTextExtractedV1(**facts(document)), of=document)
    await session.flush()
    return True


def forget(document: Document) -> None:
    """Let go of what was read of a document, for good: its job, should that come again, finds it read."""
    document.extracted = _as_metadata(None, document)


async def confirm(session: AsyncSession, actor: Actor, document: Document, values: dict[Field, str | None]) -> None:
    """Keep what a person says of a document beside what was proposed; None takes a value back."""
    policies.may_confirm(actor)
    before = dict((document.extracted or {}).get("confirmed", {}))
    after = {name: value for name, value in {**before, **{k.value: v for k, v in values.items()}}.items() if value}
    document.extracted = {**(document.extracted or {}), "confirmed": after}
    changed = {name.value: {"before": audit.MASK, "after": audit.MASK} for name in values}
    audit.record(session, "documents", "document.confirm", "Document", document.id, changed)
    await session.flush()


async def with_thumbnail(session: AsyncSession, actor: Actor, document_id: UUID) -> tuple[Document, str]:
    """A document and the key of its thumbnail; `NotFound` when it has none. Reading by staff is audited."""
    document = await repository.document(session, actor, document_id)
    if document is None:
        raise NotFound("Document", code="DOC_NOT_FOUND")
    if document.scan_completed_at is None:
        raise Conflict("The document has not been scanned yet", code="DOC_NOT_CLEAN")
    if document.thumbnail_key is None:
        raise NotFound("Thumbnail", code="DOC_NO_THUMBNAIL")
    if actor.is_staff:
        audit.record(session, "documents", "document.read", "Document", document.id)
    return document, document.thumbnail_key
