"""Who may do what with the catalogue: anyone signed in reads, OPS writes, BILLING keeps the LPPR items with them."""

from common.auth import Actor, require_role
from common.contracts.enums import Role


def may_change_catalogue(actor: Actor) -> None:
    """`Forbidden` unless the actor is OPS."""
    require_role(actor, Role.OPS)


def may_change_lppr_items(actor: Actor) -> None:
    """`Forbidden` unless the actor is OPS or BILLING."""
    require_role(actor, Role.OPS, Role.BILLING)
