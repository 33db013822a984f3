"""Who may do what with prescriptions."""

from uuid import UUID

from common.auth import Actor, Permission, require, require_role
from common.auth.permissions import Scope
from common.contracts.enums import Role
from common.errors import Forbidden, NotFound

from cases.documents.domain import ReferencedDocument


def may_submit(actor: Actor, patient_id: UUID, prescriber_id: UUID | None) -> UUID | None:
    """Whose prescription it becomes: the prescriber's id to keep.

    A patient or proxy submits for their own (`NotFound` otherwise), a prescriber in their own name, OPS for anybody;
    `Forbidden` for the rest.
    """
    scope = require(actor, Permission.CASE_CREATE)
    if scope is Scope.READ:
        raise Forbidden
    if patient_id in actor.patients or scope is Scope.ALL:
        return prescriber_id
    if scope is not Scope.VIA_UPLOAD:
        raise NotFound("Patient")
    if actor.prescriber_id is None or prescriber_id not in {None, actor.prescriber_id}:
        raise Forbidden
    return actor.prescriber_id


def may_use(actor: Actor, patient_id: UUID, document: ReferencedDocument) -> bool:
    """Whether the actor may make a prescription of this document: a prescriber only of what they uploaded."""
    return actor.is_staff or patient_id in actor.patients or document.owner_id == actor.user_id


def reading_scope(actor: Actor) -> Scope:
    """How much of the prescriptions the actor reads: ALL, RELATED, OWN, or NO but what break-glass opens to staff.

    COMPLIANCE_ADMIN answers for a patient's right of access and of erasure, and so sees what is kept of them.
    """
    if actor.role in {Role.OPS, Role.COMPLIANCE_ADMIN}:
        return Scope.ALL
    if actor.role is Role.PRESCRIBER:
        return Scope.RELATED
    if actor.role is Role.PATIENT or actor.proxy_for:
        return Scope.OWN
    return Scope.NO


def may_read_some(actor: Actor) -> None:
    """`Forbidden` for one who reads no prescriptions, break-glass apart."""
    if reading_scope(actor) is Scope.NO:
        raise Forbidden


def may_verify(actor: Actor) -> None:
    """`Forbidden` unless the actor is OPS."""
    require_role(actor, Role.OPS)
