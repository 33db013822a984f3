"""What tasks are and how they go."""

from dataclasses import dataclass
from enum import StrEnum

from common.contracts.enums import CaseStatus, Role


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


@dataclass(frozen=True, slots=True)
class Template:
    """A task that comes with a state and goes with it; `role` is who has it: the patient, or the case's OPS staff."""

    task_type: TaskType
    title: str
    role: Role


TEMPLATES: dict[CaseStatus, Template] = {
    CaseStatus.DOCUMENTS_PENDING: Template(
        TaskType.DOCUMENT_REQUEST, "Envoyer les pièces manquantes du dossier", Role.PATIENT
    ),
    CaseStatus.UNDER_REVIEW: Template(
        TaskType.VERIFICATION, "Vérifier l'identité, la carte Vitale, l'adresse et l'ordonnance", Role.OPS
    ),
    CaseStatus.PATIENT_APPROVAL_PENDING: Template(
        TaskType.FOLLOW_UP, "Lire le devis et l'accepter ou le refuser", Role.PATIENT
    ),
    CaseStatus.CPAM_REJECTED: Template(TaskType.FOLLOW_UP, "Traiter le rejet de la demande", Role.OPS),
    CaseStatus.CPAM_APPROVED: Template(TaskType.DELIVERY_SCHEDULE, "Fixer la date de livraison", Role.OPS),
}
"""What each state asks of somebody. Titles are for people in France, as messages to them are."""


def on_leaving(target: CaseStatus) -> TaskStatus:
    """What becomes of a state's own task when the case goes on to `target`."""
    return TaskStatus.CANCELLED if target is CaseStatus.CANCELLED else TaskStatus.COMPLETED
