"""Who says what a document says."""

from common.auth import Actor, require_role
from common.contracts.enums import Role


def may_confirm(actor: Actor) -> None:
    """`Forbidden` unless the actor is OPS or BILLING."""
    require_role(actor, Role.OPS, Role.BILLING)
