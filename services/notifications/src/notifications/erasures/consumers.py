"""A patient's erasure: that they were written to is kept, where and what they chose to get is not."""

from common.contracts.identity import PatientErasedV1
from common.events.consume import EventConsumer
from common.events.envelope import Received
from sqlalchemy.ext.asyncio import AsyncSession

from notifications.addresses import repository as addresses
from notifications.deliveries import repository as deliveries
from notifications.preferences import repository as preferences

ERASURES = EventConsumer("notifications", "erasures")


@ERASURES.on(PatientErasedV1)
async def forget(session: AsyncSession, event: Received[PatientErasedV1]) -> None:
    """What is still to be sent fails by itself, for identity names no address any more."""
    await deliveries.forget_addresses(session, event.data.user_id)
    await addresses.forget(session, event.data.user_id)
    await preferences.remove(session, event.data.user_id)
