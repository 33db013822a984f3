"""The table of tasks (section CaseTask)."""

from datetime import datetime
from uuid import UUID

from common.contracts.enums import CaseStatus, Role
from common.db import Versioned, enum_column
from sqlalchemy import ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from cases.tables import Base
from cases.tasks.domain import TaskStatus, TaskType


class CaseTask(Versioned, Base):
    """`assignee_role` is that of `assigned_to` when the task was given: it decides whether the patient sees it.

    `of_status` is set on a task that came with a state of the case, and goes with it.
    """

    __tablename__ = "case_tasks"
    __table_args__ = (
        Index("ix_case_tasks_case_id", "case_id", "id"),
        Index("ix_case_tasks_due_at", "due_at", postgresql_where=text("status IN ('PENDING', 'IN_PROGRESS')")),
    )

    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"))
    task_type: Mapped[TaskType] = mapped_column(enum_column(TaskType))
    title: Mapped[str] = mapped_column(String(200))
    description: Mapped[str | None] = mapped_column(Text)
    assigned_to: Mapped[UUID | None] = mapped_column(index=True)
    assignee_role: Mapped[Role | None] = mapped_column(enum_column(Role))
    due_at: Mapped[datetime | None]
    completed_at: Mapped[datetime | None]
    of_status: Mapped[CaseStatus | None] = mapped_column(enum_column(CaseStatus))
    status: Mapped[TaskStatus] = mapped_column(enum_column(TaskStatus), default=TaskStatus.PENDING, index=True)
