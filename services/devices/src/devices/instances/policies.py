"""Who may change a device: OPS everything, the technician at work on it where it stands."""

from collections.abc import Set as AbstractSet

from common.auth import Actor
from common.contracts.enums import Role
from common.errors import Forbidden

_BY_TECHNICIAN = frozenset({"current_location"})


def may_change(actor: Actor, fields: AbstractSet[str]) -> None:
    """`Forbidden` unless the actor may change all of `fields` (Python names)."""
    if actor.role is Role.OPS:
        return
    if actor.role is Role.TECHNICIAN and fields <= _BY_TECHNICIAN:
        return
    raise Forbidden
