"""Who may do what with a case."""

from uuid import UUID

from common.auth import Actor, Permission, require
from common.auth.permissions import Scope
from common.contracts.enums import Role
from common.errors import Forbidden, NotFound

from cases.cases.domain import Party

_STAFF_PARTIES = {Role.OPS: frozenset({Party.OPS}), Role.BILLING: frozenset({Party.BILLING})}


def parties(role: Role, *, own: bool) -> frozenset[Party]:
    """In what capacities somebody of `role` moves a case; `own`: it is theirs, or their proxied patient's."""
    staff = _STAFF_PARTIES.get(role, frozenset())
    return staff | {Party.PATIENT} if own else staff


def parties_of(actor: Actor, patient_id: UUID) -> frozenset[Party]:
    """The same for an actor and a case of `patient_id`."""
    return parties(actor.role, own=patient_id in actor.patients)


def may_open(actor: Actor, patient_id: UUID) -> None:
    """`Forbidden` where the matrix says Read, `NotFound` for a patient who is none of the actor's business.

    A prescriber opens cases of the prescriptions they uploaded: which those are, the prescription's query tells.
    """
    scope = require(actor, Permission.CASE_CREATE)
    if scope is Scope.READ:
        raise Forbidden
    if scope is Scope.OWN and patient_id not in actor.patients:
        raise NotFound("Patient")


def may_change_something(actor: Actor) -> None:
    """`Forbidden` for a role that changes nothing about cases."""
    require(actor, Permission.CASE_UPDATE)


def may_edit(actor: Actor) -> None:
    """`Forbidden` unless the actor assigns, sets priorities and checklists: OPS."""
    if require(actor, Permission.CASE_UPDATE) is not Scope.ALL:
        raise Forbidden
