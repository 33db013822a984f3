"""A patient's erasure, as identity tells of it."""

from common.contracts.identity import PatientErasedV1
from common.events.consume import EventConsumer
from common.events.envelope import Received
from sqlalchemy.ext.asyncio import AsyncSession

from devices.erasures import service

erasures = EventConsumer("devices", "erasures")


@erasures.on(PatientErasedV1)
async def on_erased(session: AsyncSession, event: Received[PatientErasedV1]) -> None:
    await service.forget(session, event.data.patient_id, event.data.user_id)
