"""Queries of tasks."""

from collections.abc import Sequence
from uuid import UUID

from common.auth import Actor
from common.contracts.enums import Role
from common.http.pages import after
from sqlalchemy import ColumnElement, and_, or_, select, true
from sqlalchemy.ext.asyncio import AsyncSession

from cases.cases.models import Case
from cases.cases.visibility import visible_to
from cases.tasks.domain import TaskStatus
from cases.tasks.models import CaseTask


def _seen_by(actor: Actor) -> ColumnElement[bool]:
    """Staff see all tasks of a case they know of, others their own and those of the patient."""
    if actor.is_staff:
        return true()
    of_patient = and_(CaseTask.assignee_role == Role.PATIENT, Case.patient_id.in_(actor.patients))
    return or_(CaseTask.assigned_to == actor.user_id, of_patient)


async def task(session: AsyncSession, actor: Actor, task_id: UUID) -> tuple[CaseTask, UUID] | None:
    """One the actor may know of, held against changes by others, with its case's patient."""
    wanted = (
        select(CaseTask, Case.patient_id)
        .join(Case, Case.id == CaseTask.case_id)
        .where(CaseTask.id == task_id, visible_to(actor, reading=False), _seen_by(actor))
        .with_for_update(of=CaseTask)
    )
    row = (await session.execute(wanted)).one_or_none()
    return None if row is None else (row[0], row[1])


async def tasks(
    session: AsyncSession,
    actor: Actor,
    case_id: UUID,
    cursor: UUID | None,
    limit: int,
    *,
    status: TaskStatus | None,
) -> Sequence[CaseTask]:
    """The tasks of a case that the actor may see, newest first."""
    wanted = select(CaseTask).join(Case, Case.id == CaseTask.case_id).where(CaseTask.case_id == case_id)
    if status is not None:
        wanted = wanted.where(CaseTask.status == status)
    wanted = wanted.where(visible_to(actor), _seen_by(actor))
    return (await session.scalars(after(wanted, CaseTask.id, cursor, limit))).all()
