"""What tasks are and how they go."""

from enum import StrEnum


class TaskType(StrEnum):
    DOCUMENT_REQUEST = "DOCUMENT_REQUEST"
    VERIFICATION = "VERIFICATION"
    FOLLOW_UP = "FOLLOW_UP"
    DELIVERY_SCHEDULE = "DELIVERY_SCHEDULE"
    OTHER = "OTHER"


class TaskStatus(StrEnum):
    PENDING = "PENDING"
    IN_PROGRESS = "IN_PROGRESS"
    COMPLETED = "COMPLETED"
    CANCELLED = "CANCELLED"


DONE = frozenset({TaskStatus.COMPLETED, TaskStatus.CANCELLED})


def may_become(current: TaskStatus, wanted: TaskStatus) -> bool:
    """Whether a task may go from one status to the other; what is done stays done."""
    return current is wanted or current not in DONE
