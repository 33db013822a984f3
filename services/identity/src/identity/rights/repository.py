"""Queries of a patient's rights: everything, not a page of it. A person's rows are few."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import delete, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from identity.accounts.models import OneTimeToken
from identity.consents.models import Consent
from identity.proxies.models import ProxyRelationship, ProxyStatus
from identity.sessions.models import LoginSession, RecoveryCode, TrustedDevice


async def consents_of(session: AsyncSession, patient_id: UUID) -> Sequence[Consent]:
    return (await session.scalars(select(Consent).where(Consent.patient_id == patient_id).order_by(Consent.id))).all()


async def proxies_of(session: AsyncSession, patient_id: UUID) -> Sequence[ProxyRelationship]:
    wanted = select(ProxyRelationship).where(ProxyRelationship.patient_id == patient_id)
    return (await session.scalars(wanted.order_by(ProxyRelationship.id))).all()


async def active_proxies(session: AsyncSession, patient_id: UUID, user_id: UUID) -> Sequence[UUID]:
    """Of the patient, and those by which the patient acts for others."""
    wanted = select(ProxyRelationship.id).where(
        or_(ProxyRelationship.patient_id == patient_id, ProxyRelationship.proxy_user_id == user_id),
        ProxyRelationship.status == ProxyStatus.ACTIVE,
    )
    return (await session.scalars(wanted.order_by(ProxyRelationship.id))).all()


async def sessions_of(session: AsyncSession, user_id: UUID) -> Sequence[LoginSession]:
    wanted = select(LoginSession).where(LoginSession.user_id == user_id)
    return (await session.scalars(wanted.order_by(LoginSession.id))).all()


async def forget_logins(session: AsyncSession, user_id: UUID) -> None:
    """Drop what logins leave: devices, codes and links, and from where sessions were held."""
    for table in (TrustedDevice, RecoveryCode, OneTimeToken):
        await session.execute(delete(table).where(table.user_id == user_id))
    await session.execute(
        update(LoginSession)
        .where(LoginSession.user_id == user_id)
        .values(ip_address=None, user_agent=None, fingerprint=None)
    )
