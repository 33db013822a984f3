"""Queries of prescriptions."""

from collections.abc import Sequence
from uuid import UUID

from common.auth import Actor
from common.auth.permissions import Scope
from common.http.pages import after
from sqlalchemy import ColumnElement, or_, select, text, true
from sqlalchemy.ext.asyncio import AsyncSession

from cases.emergencies.repository import opened_to
from cases.prescriptions import policies
from cases.prescriptions.domain import VerificationStatus
from cases.prescriptions.models import Prescription


def _visible_to(actor: Actor) -> ColumnElement[bool]:
    """The prescriptions the actor may know of."""
    scope = policies.reading_scope(actor)
    if scope is Scope.ALL:
        return true()
    own = Prescription.patient_id.in_(actor.patients)
    if scope is Scope.RELATED:
        return or_(Prescription.prescriber_id == actor.prescriber_id, own)
    return or_(own, Prescription.patient_id.in_(opened_to(actor.user_id))) if actor.is_staff else own


async def prescription(
    session: AsyncSession, actor: Actor, prescription_id: UUID, *, lock: bool = False
) -> Prescription | None:
    """One the actor may know of."""
    wanted = select(Prescription).where(Prescription.id == prescription_id, _visible_to(actor))
    return (await session.scalars(wanted.with_for_update() if lock else wanted)).one_or_none()


async def prescriptions(
    session: AsyncSession,
    actor: Actor,
    cursor: UUID | None,
    limit: int,
    *,
    patient_id: UUID | None,
    verification_status: VerificationStatus | None,
) -> Sequence[Prescription]:
    wanted = select(Prescription).where(_visible_to(actor))
    if patient_id is not None:
        wanted = wanted.where(Prescription.patient_id == patient_id)
    if verification_status is VerificationStatus.PENDING:
        wanted = wanted.where(text("prescriptions.verification_status = 'PENDING'"))  # as its partial index says it
    elif verification_status is not None:
        wanted = wanted.where(Prescription.verification_status == verification_status)
    return (await session.scalars(after(wanted, Prescription.id, cursor, limit))).all()
