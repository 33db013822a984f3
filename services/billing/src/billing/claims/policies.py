"""Who may do what with claims: OPS, BILLING and COMPLIANCE_ADMIN read, BILLING acts."""

from common.auth import Actor, Permission, require


def may_read(actor: Actor) -> None:
    """`Forbidden` unless the matrix's `claim:read` says otherwise; it scopes nobody to some claims only."""
    require(actor, Permission.CLAIM_READ)


def may_bill(actor: Actor) -> None:
    """`Forbidden` unless the matrix's `claim:submit` says otherwise; returns and their matching are billing's too."""
    require(actor, Permission.CLAIM_SUBMIT)
