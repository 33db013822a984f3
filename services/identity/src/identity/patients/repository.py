"""Queries of patients' profiles."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from common.auth import Actor
from common.contracts.enums import ConsentType
from common.http.pages import after
from sqlalchemy import Select, exists, false, func, or_, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from identity.accounts.models import User
from identity.consents.models import Consent
from identity.patients.models import PatientProfile, PatientRelation
from identity.patients.policies import visible_to
from identity.security.types import searchable

_SIMILAR = text("SELECT set_config('pg_trgm.word_similarity_threshold', '0.45', true)")


async def patient(
    session: AsyncSession, actor: Actor, patient_id: UUID, *, lock: bool = False
) -> PatientProfile | None:
    """A patient the actor may know of."""
    wanted = select(PatientProfile).where(PatientProfile.id == patient_id, visible_to(actor))
    if lock:
        wanted = wanted.with_for_update(of=PatientProfile)
    return (await session.scalars(wanted)).one_or_none()


async def any_patient(session: AsyncSession, patient_id: UUID) -> PatientProfile | None:
    """For other services, which check their own callers."""
    return await session.get(PatientProfile, patient_id)


async def patients(session: AsyncSession, actor: Actor, cursor: UUID | None, limit: int) -> Sequence[PatientProfile]:
    wanted = select(PatientProfile).where(visible_to(actor))
    return (await session.scalars(after(wanted, PatientProfile.id, cursor, limit))).all()


async def search(
    session: AsyncSession,
    actor: Actor,
    *,
    q: str | None,
    nir_index: str | None,
    date_of_birth: date | None,
    limit: int,
) -> Sequence[PatientProfile]:
    """The best matches among those the actor may know of, best first."""
    wanted: Select[Any] = select(PatientProfile).where(visible_to(actor))
    if nir_index is not None:
        wanted = wanted.where(PatientProfile.nir_index == nir_index)
    if date_of_birth is not None:
        wanted = wanted.where(PatientProfile.date_of_birth == date_of_birth)
    if q is not None:
        await session.execute(_SIMILAR)
        wanted = _named_like(wanted, q)
    return (await session.scalars(wanted.order_by(PatientProfile.id.desc()).limit(limit))).all()


async def find(session: AsyncSession, q: str, limit: int) -> Sequence[UUID]:
    """Ids of the patients whose names are like `q`, best first."""
    await session.execute(_SIMILAR)
    return (await session.scalars(_named_like(select(PatientProfile.id), q).limit(limit))).all()


def _named_like(wanted: Select[Any], q: str) -> Select[Any]:
    name = searchable(q)
    similar = or_(
        PatientProfile.search_name.bool_op("%>")(name), PatientProfile.search_name.contains(name, autoescape=True)
    )
    best = func.word_similarity(name, PatientProfile.search_name).desc()
    return wanted.where(similar if name else false()).order_by(best)


async def by_numbers(session: AsyncSession, nir_index: str, date_of_birth: date) -> UUID | None:
    """The latest profile with that NIR and date of birth whose patient consents to the use of health data."""
    consents = exists().where(
        Consent.patient_id == PatientProfile.id,
        Consent.consent_type == ConsentType.HEALTH_DATA,
        Consent.withdrawn_at.is_(None),
    )
    wanted = select(PatientProfile.id).where(
        PatientProfile.nir_index == nir_index, PatientProfile.date_of_birth == date_of_birth, consents
    )
    return (await session.scalars(wanted.order_by(PatientProfile.id.desc()).limit(1))).one_or_none()


async def of_user(session: AsyncSession, user_id: UUID) -> PatientProfile | None:
    wanted = select(PatientProfile).where(PatientProfile.user_id == user_id)
    return (await session.scalars(wanted)).one_or_none()


async def user_of(session: AsyncSession, patient_id: UUID) -> User | None:
    """The patient's own account."""
    wanted = select(User).join(PatientProfile, PatientProfile.user_id == User.id)
    return (await session.scalars(wanted.where(PatientProfile.id == patient_id))).one_or_none()


async def relate(session: AsyncSession, relation: PatientRelation) -> None:
    """Note who a prescription or ticket concerns, unless a later event has told already."""
    values = {
        "patient_id": relation.patient_id,
        "member_id": relation.member_id,
        "source_version": relation.source_version,
    }
    await session.execute(
        insert(PatientRelation)
        .values(kind=relation.kind, source_id=relation.source_id, **values)
        .on_conflict_do_update(
            index_elements=[PatientRelation.kind, PatientRelation.source_id],
            set_=values,
            where=PatientRelation.source_version <= relation.source_version,
        )
    )
