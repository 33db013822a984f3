"""Queries of a patient's rights: everything, not a page of it. A person's rows are few."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from common.http.pages import after
from sqlalchemy import delete, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from identity.accounts.models import OneTimeToken
from identity.consents.models import Consent
from identity.proxies.models import ProxyRelationship, ProxyStatus
from identity.rights.models import Export
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


async def export_of(session: AsyncSession, patient_id: UUID, export_id: UUID) -> Export | None:
    wanted = select(Export).where(Export.id == export_id, Export.patient_id == patient_id)
    return (await session.scalars(wanted)).one_or_none()


async def exports_of(session: AsyncSession, patient_id: UUID, cursor: UUID | None, limit: int) -> Sequence[Export]:
    """A page of a patient's exports, newest first, and one more where another page follows."""
    return (
        await session.scalars(after(select(Export).where(Export.patient_id == patient_id), Export.id, cursor, limit))
    ).all()


async def update_export(session: AsyncSession, export_id: UUID, values: dict[str, Any]) -> None:
    await session.execute(update(Export).where(Export.id == export_id).values(values))
