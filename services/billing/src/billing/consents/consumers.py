"""Consents as identity tells of them."""

from common.contracts.enums import ConsentType
from common.contracts.identity import ConsentGivenV1, ConsentWithdrawnV1
from common.events.consume import EventConsumer
from common.events.envelope import Received
from sqlalchemy.ext.asyncio import AsyncSession

from billing.consents import repository

consents = EventConsumer("billing", "consents")


@consents.on(ConsentGivenV1)
async def on_given(session: AsyncSession, event: Received[ConsentGivenV1]) -> None:
    await _note(session, event.data, withdrawn=False)


@consents.on(ConsentWithdrawnV1)
async def on_withdrawn(session: AsyncSession, event: Received[ConsentWithdrawnV1]) -> None:
    await _note(session, event.data, withdrawn=True)


async def _note(session: AsyncSession, told: ConsentGivenV1 | ConsentWithdrawnV1, *, withdrawn: bool) -> None:
    if told.consent_type is ConsentType.HEALTH_DATA:
        await repository.note(session, told.consent_id, told.patient_id, withdrawn=withdrawn)
