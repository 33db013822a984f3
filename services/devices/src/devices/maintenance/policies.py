"""Who may act on a maintenance contract: whoever may read the device reads it, OPS renews and cancels."""

from common.auth import Actor, require_role
from common.contracts.enums import Role


def may_manage(actor: Actor) -> None:
    """`Forbidden` unless the actor is OPS."""
    require_role(actor, Role.OPS)
