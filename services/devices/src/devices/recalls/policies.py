"""Who may do what with a recall: OPS opens one, OPS and COMPLIANCE_ADMIN follow it."""

from common.auth import Actor, require_role
from common.contracts.enums import Role


def may_open(actor: Actor) -> None:
    """`Forbidden` unless the actor is OPS."""
    require_role(actor, Role.OPS)


def may_read(actor: Actor) -> None:
    """`Forbidden` unless the actor is OPS or COMPLIANCE_ADMIN."""
    require_role(actor, Role.OPS, Role.COMPLIANCE_ADMIN)
