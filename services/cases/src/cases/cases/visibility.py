"""Which cases somebody may know of: the matrix's scopes as one WHERE clause, used by every query for an actor.

Break-glass adds the cases of one patient for those whom the matrix gives only some.
"""

from collections.abc import Mapping
from typing import Any

from common.auth import Actor, Permission, require
from common.auth.permissions import MATRIX, Scope
from common.contracts.enums import Role
from sqlalchemy import ColumnElement, Uuid, bindparam, func, literal, or_, select, true, union
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import aliased

from cases.cases.models import Case, CaseTechnician
from cases.emergencies.repository import opened_to

_TYPES: dict[str, Any] = {"patients": ARRAY(Uuid()), "prescriber": Uuid(), "technician": Uuid()}
_OPEN: dict[str, ColumnElement[Any]] = {name: bindparam(name, type_=kind) for name, kind in _TYPES.items()}
_Theirs = aliased(Case)


def parameters(actor: Actor) -> dict[str, Any]:
    """What a clause compares with, for one actor."""
    return {"patients": list(actor.patients), "prescriber": actor.prescriber_id, "technician": actor.user_id}


def visible(role: Role, *, has_patients: bool, reading: bool = True) -> ColumnElement[bool]:
    """The clause for a role, its parameters still open (`parameters`): for statements built once.

    `has_patients`: whether the actor is, or stands for, any patient. What is opened for `reading` is not changed.
    """
    return _clause(role, _OPEN, has_patients=has_patients, reading=reading)


def visible_to(actor: Actor, *, reading: bool = True) -> ColumnElement[bool]:
    """The clause for one actor; `Forbidden` where the matrix says No. What is opened for `reading` is not changed."""
    require(actor, Permission.CASE_READ)
    given = {name: literal(value, _TYPES[name]) for name, value in parameters(actor).items()}
    return _clause(actor.role, given, has_patients=bool(actor.patients), reading=reading)


def _clause(
    role: Role, given: Mapping[str, ColumnElement[Any]], *, has_patients: bool, reading: bool
) -> ColumnElement[bool]:
    scope = MATRIX[Permission.CASE_READ][role]
    if scope is Scope.ALL:
        return true()
    own = Case.patient_id == func.any(given["patients"])
    if scope is Scope.RELATED:
        related = Case.prescriber_id == given["prescriber"]
        return or_(related, own) if has_patients else related
    if scope is not Scope.ASSIGNED:
        return own
    # One set of ids, found by indexes and looked up by key: alternatives in the WHERE would have every case looked at.
    theirs = [select(CaseTechnician.case_id).where(CaseTechnician.technician_id == given["technician"])]
    if has_patients:
        theirs.append(select(_Theirs.id).where(_Theirs.patient_id == func.any(given["patients"])))
    if reading:
        theirs.append(select(_Theirs.id).where(_Theirs.patient_id.in_(opened_to(given["technician"]))))
    return Case.id.in_(union(*theirs) if len(theirs) > 1 else theirs[0])
