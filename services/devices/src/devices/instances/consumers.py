"""What a delivery causes here."""

from common.contracts.cases import CaseDeliveredV1
from common.contracts.identity import PatientErasedV1
from common.events.consume import EventConsumer
from common.events.envelope import Received
from sqlalchemy.ext.asyncio import AsyncSession

from devices.instances import repository, service

deliveries = EventConsumer("devices", "deliveries")
erasures = EventConsumer("devices", "erasures")


@deliveries.on(CaseDeliveredV1)
async def on_delivered(session: AsyncSession, event: Received[CaseDeliveredV1]) -> None:
    """Each device handed over is registered, once, with its maintenance contract."""
    await service.register_delivery(session, event.data)


@erasures.on(PatientErasedV1)
async def on_erased(session: AsyncSession, event: Received[PatientErasedV1]) -> None:
    """The law has devices traced for ten years; where they stand is not part of it."""
    await repository.forget_places(session, event.data.patient_id)
