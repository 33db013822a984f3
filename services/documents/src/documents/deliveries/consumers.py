"""A delivery that was scheduled needs its note."""

from common.contracts.cases import CaseDeliveryScheduledV1
from common.contracts.jobs import RenderDeliveryNoteV1
from common.events import outbox
from common.events.consume import EventConsumer
from common.events.envelope import Received
from sqlalchemy.ext.asyncio import AsyncSession

deliveries = EventConsumer("documents", "deliveries")


@deliveries.on(CaseDeliveryScheduledV1)
async def on_delivery_scheduled(session: AsyncSession, event: Received[CaseDeliveryScheduledV1]) -> None:
    """Asking other services and writing a PDF is work for the queue."""
    job = RenderDeliveryNoteV1(case_id=event.data.case_id, patient_id=event.data.patient_id)
    outbox.record(session, job, of=event.data.case_id)
