"""Who may use a patient's rights: the patient in person, and COMPLIANCE_ADMIN who handles a written request."""

from uuid import UUID

from common.auth import Actor
from common.contracts.enums import Role
from common.errors import Forbidden


def may_use_rights(actor: Actor, patient_id: UUID) -> None:
    """`Forbidden` to all others, proxies included."""
    if actor.patient_id != patient_id and actor.role is not Role.COMPLIANCE_ADMIN:
        raise Forbidden
