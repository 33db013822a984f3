"""What is kept of documents' events."""

from common.contracts.documents import DocumentEvent
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from cases.documents.domain import DocumentState
from cases.documents.models import KnownDocument

_NEW = insert(KnownDocument)
_UPSERT = _NEW.on_conflict_do_update(
    index_elements=[KnownDocument.document_id],
    set_={
        name: getattr(_NEW.excluded, name)
        for name in ("patient_id", "case_id", "document_type", "state", "document_version")
    },
    where=KnownDocument.document_version < _NEW.excluded.document_version,
)


async def note(session: AsyncSession, event: DocumentEvent, state: DocumentState, version: int) -> None:
    """Note a document's state, unless a later `version` of it told already."""
    row = {
        "document_id": event.document_id,
        "patient_id": event.patient_id,
        "case_id": event.case_id,
        "document_type": event.document_type,
        "state": state,
        "document_version": version,
    }
    await session.execute(_UPSERT, row)
