"""Who sees and changes tasks."""

from collections.abc import Collection
from uuid import UUID

from common.auth import Actor, require_role
from common.contracts.enums import Role
from common.errors import Forbidden

ASSIGNABLE = frozenset({Role.OPS, Role.BILLING, Role.TECHNICIAN, Role.PATIENT})
BY_ASSIGNEE = frozenset({"status"})
"""What the one who has a task may change about it."""


def may_read(actor: Actor, patient_id: UUID) -> None:
    """`Forbidden` unless staff, the patient or a proxy."""
    if not (actor.is_staff or patient_id in actor.patients):
        raise Forbidden


def may_give(actor: Actor) -> None:
    """`Forbidden` unless the actor plans work on cases: OPS."""
    require_role(actor, Role.OPS)


def may_be_given_some(actor: Actor) -> None:
    """`Forbidden` for one who is never given a task, and stands for no patient who is."""
    if actor.role not in ASSIGNABLE and not actor.proxy_for:
        raise Forbidden


def has(actor: Actor, patient_id: UUID, assigned_to: UUID | None, assignee_role: Role | None) -> bool:
    """Whether a task is the actor's: given to them, or to the patient they are or stand for."""
    if assigned_to is not None and assigned_to == actor.user_id:
        return True
    return assignee_role is Role.PATIENT and patient_id in actor.patients


def may_change(actor: Actor, fields: Collection[str], *, theirs: bool) -> None:
    """`Forbidden` unless OPS, or its assignee saying how it goes."""
    if actor.role is not Role.OPS and not (theirs and set(fields) <= BY_ASSIGNEE):
        raise Forbidden
