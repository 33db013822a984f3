"""A quote that was sent needs its PDF."""

from common.contracts.cases import QuoteSentV1
from common.contracts.jobs import RenderQuoteV1
from common.events import outbox
from common.events.consume import EventConsumer
from common.events.envelope import Received
from sqlalchemy.ext.asyncio import AsyncSession

quotes = EventConsumer("documents", "quotes")


@quotes.on(QuoteSentV1)
async def on_quote_sent(session: AsyncSession, event: Received[QuoteSentV1]) -> None:
    """Asking other services and writing a PDF is work for the queue."""
    data = event.data
    job = RenderQuoteV1(quote_id=data.quote_id, case_id=data.case_id, patient_id=data.patient_id)
    outbox.record(session, job, of=data.quote_id)
