"""Queries of consents."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from common.contracts.enums import ConsentType
from common.http.pages import after
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from identity.consents.models import Consent


async def consent(session: AsyncSession, consent_id: UUID) -> Consent | None:
    """Locked: a consent is withdrawn once."""
    return await session.get(Consent, consent_id, with_for_update=True)


async def consents_of(session: AsyncSession, patient_id: UUID, cursor: UUID | None, limit: int) -> Sequence[Consent]:
    wanted = select(Consent).where(Consent.patient_id == patient_id)
    return (await session.scalars(after(wanted, Consent.id, cursor, limit))).all()


async def lapsed(
    session: AsyncSession, consent_type: ConsentType, given_before: datetime, limit: int
) -> Sequence[Consent]:
    """Standing consents of a type that were given before a moment, locked; those locked by others are left out."""
    wanted = select(Consent).where(
        Consent.consent_type == consent_type, Consent.consented_at < given_before, Consent.withdrawn_at.is_(None)
    )
    wanted = wanted.order_by(Consent.id).limit(limit).with_for_update(skip_locked=True)
    return (await session.scalars(wanted)).all()


async def standing(session: AsyncSession, patient_id: UUID, consent_type: ConsentType) -> Sequence[Consent]:
    """A patient's consents of a type that are not withdrawn, of every version, locked."""
    wanted = select(Consent).where(
        Consent.patient_id == patient_id, Consent.consent_type == consent_type, Consent.withdrawn_at.is_(None)
    )
    return (await session.scalars(wanted.order_by(Consent.id).with_for_update())).all()
