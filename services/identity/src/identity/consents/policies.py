"""Who may give, withdraw and read consents."""

from common.auth import Actor
from common.contracts.enums import Role
from common.errors import Forbidden

from identity.patients.models import PatientProfile
from identity.patients.policies import is_own


def may_decide(actor: Actor, patient: PatientProfile) -> None:
    """`Forbidden` unless the actor is the patient or a proxy: nobody consents for anyone else."""
    if not is_own(actor, patient):
        raise Forbidden


def may_read(actor: Actor, patient: PatientProfile) -> None:
    """`Forbidden` unless the actor is the patient, a proxy or COMPLIANCE_ADMIN."""
    if not is_own(actor, patient) and actor.role is not Role.COMPLIANCE_ADMIN:
        raise Forbidden
