"""Who may break the glass."""

from common.auth import Actor
from common.errors import Forbidden


def may_break_glass(actor: Actor) -> None:
    """`Forbidden` unless the actor is staff."""
    if not actor.is_staff:
        raise Forbidden
