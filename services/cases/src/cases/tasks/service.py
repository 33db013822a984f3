"""Use cases of tasks."""

from uuid import UUID

from common import audit
from common.auth import Actor
from common.clock import now
from common.contracts.enums import Role
from common.errors import Conflict, Detail, NotFound
from sqlalchemy.ext.asyncio import AsyncSession

from cases.cases import service as cases
from cases.cases import technicians
from cases.people.service import Person, require_assignable
from cases.tasks import policies, repository
from cases.tasks.domain import TaskStatus, may_become
from cases.tasks.models import CaseTask
from cases.tasks.schemas import NewTask, TaskChanges


async def give(session: AsyncSession, actor: Actor, case_id: UUID, new: NewTask, assignee: Person | None) -> CaseTask:
    """Add a task to a case. A technician who is given one sees the case."""
    policies.may_give(actor)
    await cases.subject(session, actor, case_id)
    require_assignable(assignee, new.assigned_to, policies.ASSIGNABLE)
    task = CaseTask(case_id=case_id, assignee_role=assignee.role if assignee else None, **new.model_dump())
    session.add(task)
    await session.flush()
    await _show_case(session, task)
    audit.record(session, "cases", "task.create", "CaseTask", task.id)
    return task


async def change(
    session: AsyncSession, actor: Actor, task: CaseTask, patient_id: UUID, changes: TaskChanges, assignee: Person | None
) -> None:
    """Change a task; its assignee may only say how it goes. What is done stays done."""
    given = changes.given()
    theirs = policies.has(actor, patient_id, task.assigned_to, task.assignee_role)
    policies.may_change(actor, given.keys(), theirs=theirs)
    if changes.status is not None and not may_become(task.status, changes.status):
        detail = Detail("status", "DONE", f"the task is {task.status}")
        raise Conflict(f"The task is {task.status}", code="BIZ_TASK_DONE", details=[detail])
    if "assigned_to" in given:
        require_assignable(assignee, changes.assigned_to, policies.ASSIGNABLE)
        task.assignee_role = assignee.role if assignee else None
    before = {name: getattr(task, name) for name in given}
    for name, value in given.items():
        setattr(task, name, value)
    if task.status is TaskStatus.COMPLETED and task.completed_at is None:
        task.completed_at = now()
    await session.flush()
    await _show_case(session, task)
    audit.record(session, "cases", "task.update", "CaseTask", task.id, audit.changed(before, given))


async def find(session: AsyncSession, actor: Actor, task_id: UUID) -> tuple[CaseTask, UUID]:
    """A task to be changed, and its case's patient; `NotFound` when the actor may not know of it."""
    policies.may_be_given_some(actor)
    found = await repository.task(session, actor, task_id)
    if found is None:
        raise NotFound("Task")
    return found


async def _show_case(session: AsyncSession, task: CaseTask) -> None:
    """Let the technician who has the task see its case, and nobody who had it before."""
    technician = task.assigned_to if task.assignee_role is Role.TECHNICIAN else None
    if technician is None or task.status is TaskStatus.CANCELLED:
        await technicians.hide(session, task.id)
    else:
        await technicians.show(session, task.id, task.case_id, technician, version=task.version)
