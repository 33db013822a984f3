"""A patient's erasure, as identity tells of it."""

from common.contracts.identity import PatientErasedV1
from common.events.consume import EventConsumer
from common.events.envelope import Received
from sqlalchemy.ext.asyncio import AsyncSession

from documents.erasures import service

erasures = EventConsumer("documents", "erasures")


@erasures.on(PatientErasedV1)
async def on_erased(session: AsyncSession, event: Received[PatientErasedV1]) -> None:
    data = event.data
    await service.forget(session, data.patient_id, data.user_id, kept=frozenset(data.kept_document_ids))
