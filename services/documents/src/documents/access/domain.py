"""What is known of a case."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class CaseSeen:
    """A case through an actor's eyes: `assigned` when a ticket of it is theirs."""

    case_id: UUID
    patient_id: UUID
    prescriber_id: UUID | None
    assigned: bool
