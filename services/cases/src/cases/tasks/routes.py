"""`/cases/{id}/tasks` and `/tasks`."""

from typing import Any
from uuid import UUID

from common.http import CurrentActor, Cursor, Limit, Page, RequestSession, api_router, page_of
from common.http.etags import check_if_match, set_etag
from common.http.pages import DEFAULT_LIMIT
from fastapi import Request, Response

from cases.cases import service as cases
from cases.dependencies import OurResources
from cases.people.service import fetch_person
from cases.reading import note_read
from cases.tasks import policies, repository, service
from cases.tasks.domain import TaskStatus
from cases.tasks.models import CaseTask
from cases.tasks.schemas import NewTask, TaskBody, TaskChanges

router = api_router("tasks")


@router.post("/cases/{case_id}/tasks", status_code=201, response_model=TaskBody)
async def give_task(
    case_id: UUID, body: NewTask, actor: CurrentActor, session: RequestSession, resources: OurResources
) -> CaseTask:
    """Add a task to a case."""
    policies.may_give(actor)
    assignee = await fetch_person(resources.services, body.assigned_to)
    return await service.give(session, actor, case_id, body, assignee)


@router.get("/cases/{case_id}/tasks", response_model=Page[TaskBody])
async def list_tasks(
    case_id: UUID,
    actor: CurrentActor,
    session: RequestSession,
    cursor: Cursor,
    limit: Limit = DEFAULT_LIMIT,
    status: TaskStatus | None = None,
) -> dict[str, Any]:
    """List the tasks of a case, newest first; a patient sees those given to the patient."""
    subject = await cases.subject(session, actor, case_id)
    policies.may_read(actor, subject.patient_id)
    note_read(session, actor, "task.list", "Case", case_id)
    return page_of(await repository.tasks(session, actor, case_id, cursor, limit, status=status), limit)


@router.patch("/tasks/{task_id}", response_model=TaskBody)
async def change_task(
    task_id: UUID,
    body: TaskChanges,
    actor: CurrentActor,
    session: RequestSession,
    resources: OurResources,
    request: Request,
    response: Response,
) -> CaseTask:
    """Change a task; its assignee may say how it goes."""
    assignee = await fetch_person(resources.services, body.assigned_to)
    task, patient_id = await service.find(session, actor, task_id)
    check_if_match(request, task.version)
    await service.change(session, actor, task, patient_id, body, assignee)
    set_etag(response, task.version)
    return task
