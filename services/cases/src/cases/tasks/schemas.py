"""HTTP bodies of tasks."""

from typing import Annotated, ClassVar
from uuid import UUID

from common.http import Changes, Schema, UtcDateTime
from pydantic import Field

from cases.tasks.domain import TaskStatus, TaskType

Title = Annotated[str, Field(min_length=1, max_length=200)]
Description = Annotated[str, Field(max_length=5000)]


class NewTask(Schema):
    task_type: TaskType
    title: Title
    description: Description | None = None
    assigned_to: UUID | None = None
    due_at: UtcDateTime | None = None


class TaskChanges(Changes):
    nullable: ClassVar[frozenset[str]] = frozenset({"description", "assigned_to", "due_at"})

    title: Title | None = None
    description: Description | None = None
    assigned_to: UUID | None = None
    due_at: UtcDateTime | None = None
    status: TaskStatus | None = None


class TaskBody(Schema):
    id: UUID
    case_id: UUID
    task_type: TaskType
    title: str
    description: str | None
    assigned_to: UUID | None
    due_at: UtcDateTime | None
    completed_at: UtcDateTime | None
    status: TaskStatus
    created_at: UtcDateTime
    updated_at: UtcDateTime
