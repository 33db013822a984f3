"""What a delivery causes here."""

from common.contracts.cases import CaseDeliveredV1
from common.events.consume import EventConsumer
from common.events.envelope import Received
from sqlalchemy.ext.asyncio import AsyncSession

from devices.instances import service

deliveries = EventConsumer("devices", "deliveries")


@deliveries.on(CaseDeliveredV1)
async def on_delivered(session: AsyncSession, event: Received[CaseDeliveredV1]) -> None:
    """Each device handed over is registered, once, with its maintenance contract."""
    await service.register_delivery(session, event.data, event.envelope.id)
