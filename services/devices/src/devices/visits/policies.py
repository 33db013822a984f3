"""Who may act on a visit: OPS and the technician; whoever has the device moves a planned one to a better time."""

from uuid import UUID

from common.auth import Actor
from common.contracts.enums import Role
from common.errors import Forbidden

from devices.visits.models import TechnicianVisit


def may_plan(actor: Actor, technician_id: UUID) -> None:
    """`Forbidden` unless the actor is OPS, or a technician who plans their own time."""
    if actor.role is Role.OPS or (actor.role is Role.TECHNICIAN and actor.user_id == technician_id):
        return
    raise Forbidden


def may_act(actor: Actor, visit: TechnicianVisit) -> None:
    """`Forbidden` unless the actor is OPS or the technician of the visit."""
    may_plan(actor, visit.technician_id)


def may_move(actor: Actor, visit: TechnicianVisit, patient_id: UUID) -> None:
    """`Forbidden` unless the actor may act on the visit, or is or stands for the patient visited."""
    if patient_id not in actor.patients:
        may_act(actor, visit)
