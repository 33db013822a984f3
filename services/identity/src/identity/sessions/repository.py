"""Queries of sessions."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from common.auth import Actor, granted
from common.clock import now
from common.db import Database
from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from identity.accounts.models import User
from identity.patients.models import PatientProfile
from identity.prescribers.models import PrescriberProfile
from identity.proxies import repository as proxies
from identity.sessions.models import LoginSession, RecoveryCode, TrustedDevice
from identity.staff.models import StaffProfile

_CREDENTIALS = "SELECT id, password_hash FROM users WHERE email = $1"


@dataclass(frozen=True, slots=True)
class Credentials:
    user_id: UUID
    password_hash: str | None


async def credentials(database: Database, email: str) -> Credentials | None:
    """What a password is checked against, read without holding a connection while it is."""
    row = await database.reads.fetchrow(_CREDENTIALS, email)
    return Credentials(row["id"], row["password_hash"]) if row is not None else None


async def open_sessions(session: AsyncSession, user_id: UUID) -> Sequence[LoginSession]:
    """A user's sessions that have not ended, oldest first."""
    wanted = select(LoginSession).where(
        LoginSession.user_id == user_id, LoginSession.ended_at.is_(None), LoginSession.expires_at > now()
    )
    return (await session.scalars(wanted.order_by(LoginSession.id))).all()


async def session_of(session: AsyncSession, session_id: UUID) -> LoginSession | None:
    """Locked: a refresh token is exchanged once."""
    return await session.get(LoginSession, session_id, with_for_update=True)


async def trusts(session: AsyncSession, user_id: UUID, fingerprint: str) -> bool:
    wanted = select(TrustedDevice.id).where(
        TrustedDevice.user_id == user_id, TrustedDevice.fingerprint == fingerprint, TrustedDevice.expires_at > now()
    )
    return (await session.execute(wanted)).first() is not None


async def trust(session: AsyncSession, device: TrustedDevice) -> None:
    """Trust a device, from now on if it was trusted before."""
    values = {"id": device.id, "user_id": device.user_id, "fingerprint": device.fingerprint}
    await session.execute(
        insert(TrustedDevice)
        .values(**values, expires_at=device.expires_at)
        .on_conflict_do_update(
            index_elements=[TrustedDevice.user_id, TrustedDevice.fingerprint], set_={"expires_at": device.expires_at}
        )
    )


async def forget_devices(session: AsyncSession, user_id: UUID) -> None:
    await session.execute(delete(TrustedDevice).where(TrustedDevice.user_id == user_id))


async def recovery_code(session: AsyncSession, user_id: UUID, code_hash: str) -> RecoveryCode | None:
    """An unused code, locked."""
    wanted = select(RecoveryCode).where(
        RecoveryCode.user_id == user_id, RecoveryCode.code_hash == code_hash, RecoveryCode.used_at.is_(None)
    )
    return (await session.scalars(wanted.with_for_update())).one_or_none()


async def replace_recovery_codes(session: AsyncSession, user_id: UUID, code_hashes: Sequence[str]) -> None:
    await session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user_id))
    session.add_all(RecoveryCode(user_id=user_id, code_hash=code_hash) for code_hash in code_hashes)


async def actor_of(session: AsyncSession, user: User, session_id: UUID) -> Actor:
    """The user as their tokens describe them: profiles, and the patients they act for at this moment."""
    profiles = (
        select(PatientProfile.id, PrescriberProfile.id, StaffProfile.id, StaffProfile.permissions)
        .select_from(User)
        .outerjoin(PatientProfile, PatientProfile.user_id == User.id)
        .outerjoin(PrescriberProfile, PrescriberProfile.user_id == User.id)
        .outerjoin(StaffProfile, StaffProfile.user_id == User.id)
        .where(User.id == user.id)
    )
    patient_id, prescriber_id, staff_id, permissions = (await session.execute(profiles)).one()
    return Actor(
        user_id=user.id,
        role=user.role,
        session_id=session_id,
        patient_id=patient_id,
        prescriber_id=prescriber_id,
        staff_id=staff_id,
        proxy_for=frozenset(await proxies.patients_of(session, user.id)),
        permissions=frozenset([*granted(user.role), *(permissions or [])]),
    )
