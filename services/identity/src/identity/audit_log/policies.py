"""Who may read the audit log."""

from common.auth import Actor, Permission, require, require_role
from common.contracts.enums import Role


def may_read_log(actor: Actor) -> None:
    """`Forbidden` unless COMPLIANCE_ADMIN."""
    require(actor, Permission.AUDIT_READ)
    require_role(actor, Role.COMPLIANCE_ADMIN)
