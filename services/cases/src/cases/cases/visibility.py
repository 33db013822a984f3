"""Which cases somebody may know of: the matrix's scopes as one WHERE clause, used by every query for an actor."""

from typing import Any

from common.auth import Actor, Permission, require
from common.auth.permissions import MATRIX, Scope
from common.contracts.enums import Role
from sqlalchemy import ColumnElement, Uuid, bindparam, func, literal, or_, select, true
from sqlalchemy.dialects.postgresql import ARRAY

from cases.cases.models import Case, CaseTechnician

_TYPES: dict[str, Any] = {"patients": ARRAY(Uuid()), "prescriber": Uuid(), "technician": Uuid()}
_OPEN: dict[str, ColumnElement[Any]] = {name: bindparam(name, type_=kind) for name, kind in _TYPES.items()}


def parameters(actor: Actor) -> dict[str, Any]:
    """What a clause compares with, for one actor."""
    return {"patients": list(actor.patients), "prescriber": actor.prescriber_id, "technician": actor.user_id}


def visible(role: Role) -> ColumnElement[bool]:
    """The clause for a role, its parameters still open (`parameters`): for statements prepared once."""
    return _clause(role, _OPEN)


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """The clause for one actor; `Forbidden` where the matrix says No."""
    require(actor, Permission.CASE_READ)
    return _clause(actor.role, {name: literal(value, _TYPES[name]) for name, value in parameters(actor).items()})


def _clause(role: Role, given: dict[str, ColumnElement[Any]]) -> ColumnElement[bool]:
    scope = MATRIX[Permission.CASE_READ][role]
    if scope is Scope.ALL:
        return true()
    own = Case.patient_id == func.any(given["patients"])
    if scope is Scope.RELATED:
        return or_(own, Case.prescriber_id == given["prescriber"])
    if scope is Scope.ASSIGNED:
        theirs = select(CaseTechnician.case_id).where(CaseTechnician.technician_id == given["technician"])
        return or_(own, Case.id.in_(theirs))
    return own
