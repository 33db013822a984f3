"""Tasks that come and go with the states of a case."""

from common.clock import now
from common.contracts.enums import CaseStatus, Role
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from cases.cases.models import Case
from cases.tasks.domain import DONE, TEMPLATES, TaskStatus, on_leaving
from cases.tasks.models import CaseTask


async def follow(session: AsyncSession, case: Case, origin: CaseStatus) -> None:
    """Close what `origin` asked for, and give what the case's new state asks for."""
    if origin in TEMPLATES:
        await _close(session, case, origin)
    template = TEMPLATES.get(case.status)
    if template is None:
        return
    task = CaseTask(
        case_id=case.id,
        task_type=template.task_type,
        title=template.title,
        assigned_to=case.assigned_to if template.role is Role.OPS else None,
        assignee_role=template.role,
        due_at=case.sla_deadline,
        of_status=case.status,
    )
    session.add(task)


async def _close(session: AsyncSession, case: Case, origin: CaseStatus) -> None:
    wanted = select(CaseTask).where(
        CaseTask.case_id == case.id, CaseTask.of_status == origin, CaseTask.status.not_in(DONE)
    )
    for task in await session.scalars(wanted.with_for_update()):
        task.status = on_leaving(case.status)
        task.completed_at = now() if task.status is TaskStatus.COMPLETED else None
