"""Who has documents kept."""

from common.auth import Actor, require_role
from common.contracts.enums import Role


def may_hold(actor: Actor) -> None:
    """`Forbidden` unless the actor is COMPLIANCE_ADMIN."""
    require_role(actor, Role.COMPLIANCE_ADMIN)
