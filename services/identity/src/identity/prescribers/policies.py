"""Who may see and change prescribers' profiles: whoever is signed in finds a prescriber, as in a public directory."""

from common.auth import Actor
from common.contracts.enums import Role
from common.errors import Forbidden

from identity.prescribers.models import PrescriberProfile


def may_change(actor: Actor, prescriber: PrescriberProfile) -> None:
    """`Forbidden` unless it is the actor's own profile, or the actor is OPS."""
    if actor.user_id != prescriber.user_id and actor.role is not Role.OPS:
        raise Forbidden
