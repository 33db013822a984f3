"""Who reads and writes notes."""

from uuid import UUID

from common.auth import Actor
from common.contracts.enums import Role
from common.errors import Forbidden


def sees_internal(actor: Actor) -> bool:
    """Staff read all notes of a case, everybody else those that are not internal."""
    return actor.is_staff


def may_read(actor: Actor, patient_id: UUID) -> None:
    """`Forbidden` unless staff, the patient or a proxy."""
    if not (actor.is_staff or patient_id in actor.patients):
        raise Forbidden


def may_write(actor: Actor, patient_id: UUID, *, is_internal: bool | None) -> bool:
    """Whether the note becomes an internal one; `Forbidden` for one who writes none, or none such.

    OPS and BILLING write both kinds, internal unless said otherwise; patients and proxies visible ones.
    """
    if actor.role in {Role.OPS, Role.BILLING}:
        return is_internal is not False
    if patient_id not in actor.patients or is_internal:
        raise Forbidden
    return False
