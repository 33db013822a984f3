"""Who may do what with notifications: recipients read theirs, OPS and COMPLIANCE_ADMIN read all, OPS sends again."""

from common.auth import Actor, require_role
from common.contracts.enums import Role


def sees_all(actor: Actor) -> bool:
    """Whether the actor reads other people's notifications too."""
    return actor.role in {Role.OPS, Role.COMPLIANCE_ADMIN}


def may_retry(actor: Actor) -> None:
    """`Forbidden` unless the actor is OPS."""
    require_role(actor, Role.OPS)
