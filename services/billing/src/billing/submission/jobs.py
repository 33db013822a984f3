"""Jobs of the `billing` queue about claims, and the schedule that asks for them.

Each is safe to run twice: a claim is looked up by our reference before it is sent, so the same submission never
arrives twice, whenever a process died or an answer was lost.
"""

from collections.abc import Sequence
from uuid import UUID

from common.clock import now
from common.contracts.enums import GatewayType
from common.contracts.jobs import SubmitClaimV1, SyncClaimV1
from common.errors import Unavailable
from common.events.envelope import Received
from common.events.retry import PermanentError

from billing.claims import repository
from billing.claims import service as claims
from billing.claims.domain import FOLLOWED, WAITING, submission_reference
from billing.claims.models import Claim, ClaimDocument
from billing.gateways import BillingGateway, GatewayRefused, StatusReport
from billing.queue import jobs, schedules
from billing.resources import BillingResources
from billing.submission import package, service
from billing.submission.exclusive import UnderWay, alone_with
from billing.submission.package import PackageIncomplete


class LookupRefused(PermanentError):
    """The gateway would not say whether it has a claim."""


@jobs.on(SubmitClaimV1)
async def submit_claim(resources: BillingResources, job: Received[SubmitClaimV1]) -> None:
    """Send one attempt of a claim, unless the gateway has it already."""
    async with alone_with(resources.database, job.data.claim_id):
        claim, documents = await _load(resources, job.data.claim_id)
        if claim is None or claim.submission_queued_at is None or claim.attempt != job.data.attempt:
            return
        await _send(resources, claim, documents)


async def _send(resources: BillingResources, claim: Claim, documents: Sequence[ClaimDocument]) -> None:
    gateway = resources.gateways.of(claim.gateway_type)
    report = await _look_up(gateway, claim)
    sent: list[UUID] = []
    if report is None and claim.case_cancelled_at is not None:
        async with resources.database.transaction() as session:
            await service.withdrawn_in_time(session, claim.id, claim.attempt)
        return
    if report is None:
        made = await package.build(resources.services, claim, documents)
        report = await gateway.submit(made)
        sent = [each.document_id for each in made.attached_documents]
    async with resources.database.transaction() as session:
        await service.accepted_by_gateway(session, claim.id, claim.attempt, report, sent)


@jobs.on_exhausted(SubmitClaimV1)
async def submission_exhausted(resources: BillingResources, job: Received[SubmitClaimV1], error: BaseException) -> None:
    """Give the claim back to billing staff, with the reason; unless another process is at it."""
    if isinstance(error, UnderWay):
        return
    known_not_to_have_arrived = isinstance(error, PackageIncomplete | GatewayRefused | Unavailable)
    async with resources.database.transaction() as session:
        await service.submission_failed(
            session,
            job.data.claim_id,
            job.data.attempt,
            error,
            unknown=not known_not_to_have_arrived,
            alert=not isinstance(error, PackageIncomplete),
        )


@jobs.on(SyncClaimV1)
async def sync_claim(resources: BillingResources, job: Received[SyncClaimV1]) -> None:
    """Bring claim and gateway into step: documents added since to the gateway, its decision to the claim.

    Where no question is open any more, an earlier job has had the answer to this one too.
    """
    async with resources.database.transaction() as session:
        queued_at = await repository.open_sync(session, job.data.claim_id)
    if queued_at is None:
        return
    claim, documents = await _load(resources, job.data.claim_id)
    if claim is not None and claim.gateway_type is not GatewayType.MANUAL:
        gateway = resources.gateways.of(claim.gateway_type)
        if claim.outcome_unknown:
            await _resolve(resources, gateway, claim)
        elif claim.gateway_ref is not None and claim.status in FOLLOWED:
            await _follow(resources, gateway, claim, claim.gateway_ref, documents)
    async with resources.database.transaction() as session:
        await repository.end_sync(session, job.data.claim_id, queued_at)


@jobs.on_exhausted(SyncClaimV1)
async def sync_exhausted(resources: BillingResources, job: Received[SyncClaimV1], error: BaseException) -> None:
    """Say so in the claim's history, and alert."""
    async with resources.database.transaction() as session:
        await service.sync_failed(session, job.data.claim_id, error)


@schedules.on("claim-status-sync")
async def claim_status_sync(resources: BillingResources) -> None:
    """Ask about every claim that waits for a decision."""
    async with resources.database.transaction() as session:
        await claims.queue_due_syncs(session)


async def _load(resources: BillingResources, claim_id: UUID) -> tuple[Claim | None, Sequence[ClaimDocument]]:
    async with resources.database.transaction() as session:
        return await repository.claim(session, claim_id), await repository.documents(session, claim_id)


async def _look_up(gateway: BillingGateway, claim: Claim) -> StatusReport | None:
    """What the gateway has under the present attempt's reference; refusing to say leaves an earlier try unknown."""
    try:
        return await gateway.find(submission_reference(claim.claim_number, claim.attempt))
    except GatewayRefused as error:
        raise LookupRefused(str(error)) from error


async def _resolve(resources: BillingResources, gateway: BillingGateway, claim: Claim) -> None:
    """Did the submission that was given up on arrive?"""
    report = await _look_up(gateway, claim)
    async with resources.database.transaction() as session:
        if report is None:
            await service.not_found_by_gateway(session, claim.id, claim.attempt)
        else:
            await service.accepted_by_gateway(session, claim.id, claim.attempt, report, ())


async def _follow(
    resources: BillingResources,
    gateway: BillingGateway,
    claim: Claim,
    gateway_ref: str,
    documents: Sequence[ClaimDocument],
) -> None:
    unsent = [each for each in documents if each.sent_at is None]
    if unsent and claim.status in WAITING:
        await gateway.attach(gateway_ref, await package.load(resources.services, unsent))
    report = await gateway.status(gateway_ref)
    payments = [] if claim.status in WAITING else await gateway.payments(gateway_ref)
    async with resources.database.transaction() as session:
        if unsent and claim.status in WAITING:
            await repository.mark_sent(session, claim.id, [each.document_id for each in unsent], now())
        await service.reported(session, claim, report, payments)
