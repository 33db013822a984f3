"""Which documents somebody may know of: the matrix's scopes as one WHERE clause, used by every query for an actor.

Alternatives are one set of ids, each part found by an index: joined by OR they would have every document looked at.
"""

from collections.abc import Mapping
from typing import Any

from common.auth import Actor, Permission, require
from common.auth.permissions import MATRIX, Scope
from common.clock import now
from common.contracts.enums import STAFF, Role
from sqlalchemy import ColumnElement, DateTime, Uuid, and_, bindparam, func, literal, or_, select, union
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import aliased

from documents.access.models import BreakGlassGrant, PrescriptionDocument, TicketAssignment
from documents.documents.domain import OwnerType
from documents.documents.models import Document

_TYPES: dict[str, Any] = {
    "patients": ARRAY(Uuid()),
    "prescriber": Uuid(),
    "reader": Uuid(),
    "moment": DateTime(timezone=True),
}
_OPEN: dict[str, ColumnElement[Any]] = {name: bindparam(name, type_=kind) for name, kind in _TYPES.items()}
_Theirs = aliased(Document)


def parameters(actor: Actor) -> dict[str, Any]:
    """What a clause compares with, for one actor at this moment."""
    return {
        "patients": list(actor.patients),
        "prescriber": actor.prescriber_id,
        "reader": actor.user_id,
        "moment": now(),
    }


def visible(role: Role, *, has_patients: bool) -> ColumnElement[bool]:
    """The clause for a role, its parameters still open (`parameters`): for reads prepared once.

    `has_patients`: whether the actor is, or stands for, any patient.
    """
    return _clause(role, _OPEN, has_patients=has_patients)


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """The clause for one actor; `Forbidden` where the matrix says No."""
    require(actor, Permission.DOCUMENT_READ)
    given = {name: literal(value, _TYPES[name]) for name, value in parameters(actor).items()}
    return _clause(actor.role, given, has_patients=bool(actor.patients))


def _clause(role: Role, given: Mapping[str, ColumnElement[Any]], *, has_patients: bool) -> ColumnElement[bool]:
    scope = MATRIX[Permission.DOCUMENT_READ][role]
    present = Document.deleted_at.is_(None)
    if scope is Scope.ALL:
        return present
    # What somebody uploaded for a patient they stand for is theirs only as long as they do.
    as_themselves = or_(_Theirs.owner_type != OwnerType.PATIENT, _Theirs.patient_id.is_(None))
    theirs = [select(_Theirs.id).where(_Theirs.owner_id == given["reader"], as_themselves)]
    if has_patients:
        theirs.append(select(_Theirs.id).where(_Theirs.patient_id == func.any(given["patients"])))
    if scope is Scope.RELATED:
        prescribed = PrescriptionDocument.prescriber_id == given["prescriber"]
        theirs.append(select(PrescriptionDocument.document_id).where(prescribed))
    if scope is Scope.ASSIGNED:
        cases = select(TicketAssignment.case_id).where(TicketAssignment.technician_id == given["reader"])
        theirs.append(select(_Theirs.id).where(_Theirs.case_id.in_(cases)))
    if role in STAFF:
        opened = select(BreakGlassGrant.patient_id).where(
            BreakGlassGrant.user_id == given["reader"], BreakGlassGrant.expires_at > given["moment"]
        )
        theirs.append(select(_Theirs.id).where(_Theirs.patient_id.in_(opened)))
    return and_(present, Document.id.in_(union(*theirs) if len(theirs) > 1 else theirs[0]))
