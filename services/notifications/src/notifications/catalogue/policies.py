"""Who may look at the templates: staff."""

from common.auth import Actor, require_role
from common.contracts.enums import STAFF


def may_look(actor: Actor) -> None:
    """`Forbidden` unless the actor is staff."""
    require_role(actor, *STAFF)
