"""What billing reacts to: approved quotes, clean documents, cancelled cases."""

from common.contracts.cases import CaseStatusChangedV1, QuoteApprovedV1
from common.contracts.documents import DocumentCleanV1, DocumentGeneratedV1
from common.contracts.enums import CaseStatus
from common.events.consume import EventConsumer
from common.events.envelope import Received
from sqlalchemy.ext.asyncio import AsyncSession

from billing.claims import service
from billing.claims.models import CaseDocument

quotes = EventConsumer("billing", "quotes")
documents = EventConsumer("billing", "documents")
cases = EventConsumer("billing", "cases")


@quotes.on(QuoteApprovedV1)
async def on_quote_approved(session: AsyncSession, event: Received[QuoteApprovedV1]) -> None:
    await service.draft(session, event.data)


@documents.on(DocumentCleanV1)
async def on_document_clean(session: AsyncSession, event: Received[DocumentCleanV1]) -> None:
    await service.know_document(session, _known(event.data))


@documents.on(DocumentGeneratedV1)
async def on_document_generated(session: AsyncSession, event: Received[DocumentGeneratedV1]) -> None:
    known = _known(event.data)
    known.quote_id = event.data.quote_id
    await service.know_document(session, known)


@cases.on(CaseStatusChangedV1)
async def on_case_status_changed(session: AsyncSession, event: Received[CaseStatusChangedV1]) -> None:
    """Only a cancellation matters, and it is final: order does not."""
    if event.data.to_status is CaseStatus.CANCELLED:
        await service.withdraw_case(session, event.data.case_id)


def _known(data: DocumentCleanV1 | DocumentGeneratedV1) -> CaseDocument:
    return CaseDocument(
        document_id=data.document_id,
        document_type=data.document_type,
        patient_id=data.patient_id,
        case_id=data.case_id,
    )
