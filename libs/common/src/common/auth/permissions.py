"""The permission matrix of section 2.3, as one table, used by every service."""

from enum import StrEnum

from common.auth.actor import Actor
from common.contracts.enums import Role
from common.errors import Forbidden


class Permission(StrEnum):
    CASE_CREATE = "case:create"
    CASE_READ = "case:read"
    CASE_UPDATE = "case:update"
    DOCUMENT_UPLOAD = "document:upload"
    DOCUMENT_READ = "document:read"
    QUOTE_CREATE = "quote:create"
    QUOTE_APPROVE = "quote:approve"
    CLAIM_SUBMIT = "claim:submit"
    CLAIM_READ = "claim:read"
    DEVICE_READ = "device:read"
    TICKET_CREATE = "ticket:create"
    TICKET_ASSIGN = "ticket:assign"
    AUDIT_READ = "audit:read"


class Scope(StrEnum):
    """What a cell of the matrix says. `READ`: GET yes, POST no. `LIMITED`: some changes only, see each policy."""

    NO = "no"
    OWN = "own"
    RELATED = "related"
    ASSIGNED = "assigned"
    VIA_UPLOAD = "via-upload"
    LIMITED = "limited"
    READ = "read"
    ALL = "all"


_ROLES = (Role.PATIENT, Role.PRESCRIBER, Role.OPS, Role.BILLING, Role.TECHNICIAN, Role.COMPLIANCE_ADMIN)
_N, _O, _R, _A = Scope.NO, Scope.OWN, Scope.RELATED, Scope.ALL
_G, _V, _L, _D = Scope.ASSIGNED, Scope.VIA_UPLOAD, Scope.LIMITED, Scope.READ

_TABLE: dict[Permission, tuple[Scope, ...]] = {
    # permission                PATIENT, PRESCRIBER, OPS, BILLING, TECHNICIAN, COMPLIANCE_ADMIN
    Permission.CASE_CREATE: (_O, _V, _A, _D, _D, _D),
    Permission.CASE_READ: (_O, _R, _A, _A, _G, _A),
    Permission.CASE_UPDATE: (_L, _N, _A, _L, _N, _N),
    Permission.DOCUMENT_UPLOAD: (_O, _O, _A, _N, _O, _N),
    Permission.DOCUMENT_READ: (_O, _R, _A, _A, _G, _A),
    Permission.QUOTE_CREATE: (_N, _N, _A, _N, _N, _N),
    Permission.QUOTE_APPROVE: (_O, _N, _N, _N, _N, _N),
    Permission.CLAIM_SUBMIT: (_N, _N, _N, _A, _N, _N),
    Permission.CLAIM_READ: (_N, _N, _A, _A, _N, _A),
    Permission.DEVICE_READ: (_O, _N, _A, _N, _G, _A),
    Permission.TICKET_CREATE: (_O, _N, _A, _N, _A, _N),
    Permission.TICKET_ASSIGN: (_N, _N, _A, _N, _N, _N),
    Permission.AUDIT_READ: (_N, _N, _N, _N, _N, _A),
}

MATRIX: dict[Permission, dict[Role, Scope]] = {
    permission: dict(zip(_ROLES, scopes, strict=True)) for permission, scopes in _TABLE.items()
}


def granted(role: Role) -> list[str]:
    """A role's permissions as its token lists them: `case:read:own`, sorted."""
    return sorted(f"{permission}:{row[role]}" for permission, row in MATRIX.items() if row[role] is not Scope.NO)


def require(actor: Actor, permission: Permission) -> Scope:
    """The actor's scope for `permission`; `Forbidden` where the matrix says No.

    A proxy acts with the patient's permissions on the patients they stand for, whatever their own role.
    """
    scope = MATRIX[permission][actor.role]
    if scope is Scope.NO and actor.proxy_for:
        scope = MATRIX[permission][Role.PATIENT]
    if scope is Scope.NO:
        raise Forbidden
    return scope


def require_role(actor: Actor, *roles: Role) -> None:
    """`Forbidden` unless the actor has one of `roles`."""
    if actor.role not in roles:
        raise Forbidden
