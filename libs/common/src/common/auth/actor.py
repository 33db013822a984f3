"""The person behind a call, as their access token describes them."""

from dataclasses import dataclass, field
from uuid import UUID

from common.contracts.enums import STAFF, Role


@dataclass(frozen=True, slots=True)
class Actor:
    """`patients` holds the patient's own profile id and those the user is an active proxy for."""

    user_id: UUID
    role: Role
    session_id: UUID
    patient_id: UUID | None = None
    prescriber_id: UUID | None = None
    staff_id: UUID | None = None
    proxy_for: frozenset[UUID] = field(default_factory=frozenset)
    permissions: frozenset[str] = field(default_factory=frozenset)

    @property
    def patients(self) -> frozenset[UUID]:
        """Whose records are the actor's own, in the sense of the permission matrix."""
        return self.proxy_for | {self.patient_id} if self.patient_id else self.proxy_for

    @property
    def is_staff(self) -> bool:
        return self.role in STAFF
