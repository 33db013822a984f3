"""Grants as identity tells of them."""

from common.contracts.identity import BreakGlassGrantedV1
from common.events.consume import EventConsumer
from common.events.envelope import Received
from sqlalchemy.ext.asyncio import AsyncSession

from devices.emergencies import repository

emergencies = EventConsumer("devices", "emergencies")


@emergencies.on(BreakGlassGrantedV1)
async def on_granted(session: AsyncSession, event: Received[BreakGlassGrantedV1]) -> None:
    """The member of staff may read this patient's records until the grant ends."""
    await repository.add(session, event.data)
