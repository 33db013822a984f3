"""Who may do what with quotes. Who reads a case reads its quotes."""

from uuid import UUID

from common.auth import Actor, Permission, require
from common.errors import Forbidden


def may_quote(actor: Actor) -> None:
    """`Forbidden` unless the actor drafts and sends quotes: OPS."""
    require(actor, Permission.QUOTE_CREATE)


def may_decide_something(actor: Actor) -> None:
    """`Forbidden` for one who decides on nobody's quotes."""
    require(actor, Permission.QUOTE_APPROVE)


def may_decide(actor: Actor, patient_id: UUID) -> None:
    """`Forbidden` unless the quote is the actor's own, or their proxied patient's."""
    if patient_id not in actor.patients:
        raise Forbidden
