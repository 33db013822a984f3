"""Who may see and administer accounts."""

from common.auth import Actor, require_role
from common.contracts.enums import Role
from common.errors import Forbidden

from identity.accounts.domain import may_administer
from identity.accounts.models import User


def may_list_users(actor: Actor) -> None:
    """`Forbidden` unless OPS or COMPLIANCE_ADMIN."""
    require_role(actor, Role.OPS, Role.COMPLIANCE_ADMIN)


def may_read_user(actor: Actor, user_id: object) -> None:
    """One's own account, or as `may_list_users`."""
    if actor.user_id != user_id:
        may_list_users(actor)


def may_change_status(actor: Actor, user: User) -> None:
    """`Forbidden` for one's own account, and for staff's unless COMPLIANCE_ADMIN."""
    may_list_users(actor)
    if actor.user_id == user.id or not may_administer(actor.role, user.role):
        raise Forbidden
