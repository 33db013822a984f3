"""Consents to the use of health data, as identity tells of them, in every service that takes such data in.

A service adds the table to its metadata and the consumer to its consumers, and asks `require` before it takes in
anything new (docs/decisions/0009).
"""

from uuid import UUID

from sqlalchemy import Boolean, Column, MetaData, Table, func, select
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from common.contracts.enums import ConsentType
from common.contracts.identity import ConsentGivenV1, ConsentWithdrawnV1
from common.errors import BrokenRule
from common.events.consume import EventConsumer
from common.events.envelope import Received


def add_health_consents(metadata: MetaData) -> Table:
    """Attach the table to a service's metadata: a row for each consent that identity told of.

    A withdrawal is final, so that word of it may come first.
    """
    return Table(
        "health_consents",
        metadata,
        Column("consent_id", postgresql.UUID(as_uuid=True), primary_key=True),
        Column("patient_id", postgresql.UUID(as_uuid=True), nullable=False, index=True),
        Column("withdrawn", Boolean, nullable=False),
    )


_CONSENTS = add_health_consents(MetaData())


def health_consents(service: str) -> EventConsumer:
    """What keeps the table of `service`."""
    consumer = EventConsumer(service, "consents")
    consumer.on(ConsentGivenV1)(_on_given)
    consumer.on(ConsentWithdrawnV1)(_on_withdrawn)
    return consumer


async def require(session: AsyncSession, patient_id: UUID) -> None:
    """`BrokenRule` once the patient has withdrawn the consent to the use of their health data.

    Not so for one nothing has been heard of yet, nor for one who stands by another consent.
    """
    all_withdrawn = select(func.bool_and(_CONSENTS.c.withdrawn)).where(_CONSENTS.c.patient_id == patient_id)
    if (await session.scalars(all_withdrawn)).one():
        message = "The patient has withdrawn the consent to the use of their health data"
        raise BrokenRule(message, code="BIZ_HEALTH_DATA_CONSENT_WITHDRAWN")


async def _on_given(session: AsyncSession, event: Received[ConsentGivenV1]) -> None:
    await _note(session, event.data, withdrawn=False)


async def _on_withdrawn(session: AsyncSession, event: Received[ConsentWithdrawnV1]) -> None:
    await _note(session, event.data, withdrawn=True)


async def _note(session: AsyncSession, told: ConsentGivenV1 | ConsentWithdrawnV1, *, withdrawn: bool) -> None:
    """Take in word of a consent, in whatever order it comes."""
    if told.consent_type is not ConsentType.HEALTH_DATA:
        return
    new = insert(_CONSENTS).values(consent_id=told.consent_id, patient_id=told.patient_id, withdrawn=withdrawn)
    known = {"withdrawn": _CONSENTS.c.withdrawn | new.excluded.withdrawn}
    await session.execute(new.on_conflict_do_update(index_elements=[_CONSENTS.c.consent_id], set_=known))
