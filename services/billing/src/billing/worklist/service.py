"""Use cases of the worklist."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from common import audit
from common.auth import Actor
from common.contracts.enums import GatewayType
from common.errors import BrokenRule, NotFound
from sqlalchemy.ext.asyncio import AsyncSession

from billing.claims import policies
from billing.claims import repository as claims
from billing.claims.models import Claim, ClaimDocument
from billing.denials.domain import next_step
from billing.worklist import repository
from billing.worklist.domain import Work


async def page(
    session: AsyncSession, actor: Actor, cursor: UUID | None, limit: int, work: Work | None
) -> Sequence[dict[str, Any]]:
    """Claims by the work to be done on them."""
    policies.may_bill(actor)
    found = await repository.page(session, cursor, limit, work=work)
    audit.record(session, "billing", "claim.worklist", "User", actor.user_id)
    return [_item(claim, todo) for claim, todo in found]


async def to_enter(session: AsyncSession, actor: Actor, claim_id: UUID) -> tuple[Claim, Sequence[ClaimDocument]]:
    """A claim an operator is about to enter in the other software; whoever looks at it sees the patient's NIR."""
    policies.may_bill(actor)
    claim = await claims.claim(session, claim_id)
    if claim is None:
        raise NotFound("Claim")
    if claim.gateway_type is not GatewayType.MANUAL:
        raise BrokenRule("Only claims of the MANUAL gateway are entered by hand", code="CLAIM_NOT_MANUAL")
    audit.record(session, "billing", "claim.manual-entry", "Claim", claim.id)
    return claim, await claims.documents(session, claim_id)


def _item(claim: Claim, work: Work) -> dict[str, Any]:
    denied = work is Work.HANDLE_DENIAL
    return {
        "id": claim.id,
        "work": work,
        "next_step": next_step(claim.rejection_reason) if denied else None,
        "claim": claim,
    }
