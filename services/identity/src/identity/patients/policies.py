"""Who may see and change patients' profiles; the reads go by the matrix's `case:read`."""

from common.auth import MATRIX, Actor, Permission, Scope, require_role
from common.clock import now
from common.contracts.enums import Role
from common.errors import Forbidden
from sqlalchemy import ColumnElement, exists, or_, true

from identity.emergencies.models import BreakGlassGrant
from identity.patients.models import PatientProfile, PatientRelation, RelationKind

_NEED_THE_NIR = frozenset({Role.OPS, Role.BILLING})


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """The patients an actor may know of."""
    scope = MATRIX[Permission.CASE_READ][actor.role]
    if scope is Scope.ALL:
        return true()
    seen: list[ColumnElement[bool]] = [PatientProfile.id.in_(actor.patients)]
    if scope is Scope.RELATED:
        seen.append(_related(RelationKind.PRESCRIPTION, actor.prescriber_id))
    if scope is Scope.ASSIGNED:
        seen.append(_related(RelationKind.TICKET, actor.user_id))
    if actor.is_staff:
        seen.append(
            exists().where(
                BreakGlassGrant.patient_id == PatientProfile.id,
                BreakGlassGrant.user_id == actor.user_id,
                BreakGlassGrant.expires_at > now(),
            )
        )
    return or_(*seen)


def _related(kind: RelationKind, member_id: object) -> ColumnElement[bool]:
    return exists().where(
        PatientRelation.patient_id == PatientProfile.id,
        PatientRelation.kind == kind,
        PatientRelation.member_id == member_id,
    )


def is_own(actor: Actor, patient: PatientProfile) -> bool:
    """The patient's own records, or those of somebody the actor is a proxy for."""
    return patient.id in actor.patients


def sees_numbers(actor: Actor, patient: PatientProfile) -> bool:
    """Whether the NIR is shown whole: to the patient, to a proxy, and to those who make up claims."""
    return is_own(actor, patient) or actor.role in _NEED_THE_NIR


def may_change(actor: Actor, patient: PatientProfile) -> None:
    """`Forbidden` unless it is the actor's own, or the actor is OPS."""
    if not is_own(actor, patient) and actor.role is not Role.OPS:
        raise Forbidden


def may_look_up(actor: Actor) -> None:
    """`Forbidden` unless the actor prescribes."""
    require_role(actor, Role.PRESCRIBER)
