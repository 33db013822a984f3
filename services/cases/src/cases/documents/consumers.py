"""What documents' events cause here."""

from typing import Any

from common.contracts.documents import (
    DocumentCleanV1,
    DocumentDeletedV1,
    DocumentGeneratedV1,
    DocumentInfectedV1,
)
from common.events.consume import EventConsumer
from common.events.envelope import Received
from common.events.retry import PermanentError
from sqlalchemy.ext.asyncio import AsyncSession

from cases.documents import repository
from cases.documents.domain import DocumentState
from cases.quotes.service import link_pdf

documents = EventConsumer("cases", "documents")


@documents.on(DocumentCleanV1)
async def on_clean(session: AsyncSession, event: Received[DocumentCleanV1]) -> None:
    """A document a case may count on."""
    await _note(session, event, DocumentState.CLEAN)


@documents.on(DocumentInfectedV1)
async def on_infected(session: AsyncSession, event: Received[DocumentInfectedV1]) -> None:
    """A document that is still missing."""
    await _note(session, event, DocumentState.INFECTED)


@documents.on(DocumentDeletedV1)
async def on_deleted(session: AsyncSession, event: Received[DocumentDeletedV1]) -> None:
    """A document that is missing again."""
    await _note(session, event, DocumentState.DELETED)


@documents.on(DocumentGeneratedV1)
async def on_generated(session: AsyncSession, event: Received[DocumentGeneratedV1]) -> None:
    """A PDF of ours: linked to the quote it shows."""
    await _note(session, event, DocumentState.CLEAN)
    quote_id = event.data.quote_id
    if quote_id is not None and not await link_pdf(session, quote_id, event.data.document_id):
        raise PermanentError(f"no quote {quote_id}")


async def _note(session: AsyncSession, event: Received[Any], state: DocumentState) -> None:
    await repository.note(session, event.data, state, event.envelope.aggregateversion)
