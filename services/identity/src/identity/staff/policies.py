"""Who may see and invite staff."""

from common.auth import Actor, require_role
from common.contracts.enums import Role


def may_administer_staff(actor: Actor) -> None:
    """`Forbidden` unless COMPLIANCE_ADMIN."""
    require_role(actor, Role.COMPLIANCE_ADMIN)
