"""Who may give, see and take back the right to act for a patient."""

from common.auth import Actor
from common.contracts.enums import Role
from common.errors import Forbidden

from identity.patients.models import PatientProfile
from identity.patients.policies import is_own


def may_decide(actor: Actor, patient: PatientProfile) -> None:
    """`Forbidden` unless the actor is the patient in person, or OPS: a proxy passes nothing on."""
    if actor.patient_id != patient.id and actor.role is not Role.OPS:
        raise Forbidden


def may_read(actor: Actor, patient: PatientProfile) -> None:
    """`Forbidden` unless the actor is the patient, a proxy, OPS or COMPLIANCE_ADMIN."""
    if not is_own(actor, patient) and actor.role not in {Role.OPS, Role.COMPLIANCE_ADMIN}:
        raise Forbidden
