"""Who delivers: OPS, and technicians the cases that are theirs."""

from common.auth import Actor, require_role
from common.contracts.enums import Role


def may_deliver(actor: Actor) -> None:
    """`Forbidden` for anybody else."""
    require_role(actor, Role.OPS, Role.TECHNICIAN)
