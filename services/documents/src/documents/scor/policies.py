"""Who puts SCOR bundles together."""

from common.auth import Actor, require_role
from common.contracts.enums import Role


def may_bundle(actor: Actor) -> None:
    """`Forbidden` unless the actor is BILLING."""
    require_role(actor, Role.BILLING)
