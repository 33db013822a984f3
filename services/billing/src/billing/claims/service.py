"""Use cases of claims."""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from common import audit, consents, flags
from common.auth import Actor
from common.clock import now, today
from common.contracts.cases import QuoteApprovedV1
from common.contracts.enums import ClaimDocumentRole, ClaimStatus, GatewayType
from common.contracts.jobs import SubmitClaimV1, SyncClaimV1
from common.errors import BrokenRule, Conflict, Detail, NotFound
from common.events import outbox
from sqlalchemy.ext.asyncio import AsyncSession

from billing.claims import history, policies, repository
from billing.claims.domain import (
    OPEN_TO_DOCUMENTS,
    REPLACEABLE_DOCUMENTS,
    REQUIRED_DOCUMENTS,
    TRANSITIONS,
    WAITING,
    WRITABLE_OFF,
    ZERO,
    role_of,
)
from billing.claims.models import CaseDocument, Claim, ClaimEventType

S = ClaimStatus
Available = Callable[[GatewayType], bool]


@dataclass(frozen=True, slots=True)
class KnownDocument:
    """What the documents service says of a document."""

    id: UUID
    clean: bool
    case_id: UUID | None
    patient_id: UUID | None


async def draft(session: AsyncSession, quote: QuoteApprovedV1) -> None:
    """Draft the claim of an approved quote, once; an older draft of the case gives way to it."""
    if await repository.case_is_cancelled(session, quote.case_id):
        return
    earlier = await repository.claims_of_case(session, quote.case_id)
    if any(each.quote_id == quote.quote_id or each.quote_version > quote.quote_version for each in earlier):
        return
    for each in earlier:
        if is_idle_draft(each):
            history.move(session, each, S.CANCELLED, "superseded by a newer quote")
    claim_number, invoice_number = await repository.next_numbers(session, today().year)
    claim = Claim(
        case_id=quote.case_id,
        patient_id=quote.patient_id,
        quote_id=quote.quote_id,
        quote_version=quote.quote_version,
        prescription_id=quote.prescription_id,
        prescription_date=quote.prescription_date,
        prescription_document_id=quote.prescription_document_id,
        prescriber_id=quote.prescriber_id,
        claim_number=claim_number,
        invoice_number=invoice_number,
        gateway_type=GatewayType(flags.choice("billing.gateway.type")),
        status=S.DRAFT,
        total_amount=quote.lppr_coverage,
        lines=[
            line.model_dump(mode="json", by_alias=True, exclude={"optional"})
            for line in quote.lines
            if not line.optional
        ],
    )
    session.add(claim)
    await session.flush()
    history.opened(session, claim, f"quote {quote.quote_number} was approved")
    await _attach(session, claim, quote.prescription_document_id, ClaimDocumentRole.PRESCRIPTION)
    if quote.quote_document_id is not None:
        await _attach(session, claim, quote.quote_document_id, ClaimDocumentRole.QUOTE)
    for document in await repository.documents_around(session, claim):
        await _attach_by_itself(session, claim, document)


async def know_document(session: AsyncSession, document: CaseDocument) -> None:
    """Remember a clean document, and tie it to the draft claims it goes with."""
    await repository.remember_document(session, document)
    for claim in await repository.drafts_for(session, document):
        await _attach_by_itself(session, claim, document)


async def withdraw_case(session: AsyncSession, case_id: UUID) -> None:
    """A case was cancelled: so is its claim, unless it was sent; then billing staff must know."""
    await repository.cancel_case(session, case_id)
    for claim in await repository.claims_of_case(session, case_id):
        if is_idle_draft(claim):
            history.move(session, claim, S.CANCELLED, "the case was cancelled")
        elif claim.status is not S.CANCELLED and claim.case_cancelled_at is None:
            claim.case_cancelled_at = now()
            reason = "the case was cancelled, but its claim has been sent: withdraw it with the gateway"
            history.note(session, claim, ClaimEventType.CASE_CANCELLED, reason)


async def read(session: AsyncSession, actor: Actor, claim_id: UUID) -> Claim:
    """One claim; `NotFound`."""
    policies.may_read(actor)
    claim = await repository.claim(session, claim_id)
    if claim is None:
        raise NotFound("Claim")
    audit.record(session, "billing", "claim.read", "Claim", claim.id)
    return claim


async def submit(
    session: AsyncSession, actor: Actor, claim_id: UUID, gateway_type: GatewayType | None, available: Available
) -> Claim:
    """Queue a draft for its gateway, or for the one named."""
    claim = await _for_change(session, actor, claim_id)
    if claim.status is not S.DRAFT:
        raise _wrong_state(claim, "be submitted")
    if claim.outcome_unknown and gateway_type not in {None, claim.gateway_type}:
        message = "An earlier submission may have been taken: ask its gateway before choosing another"
        raise Conflict(message, code="CLAIM_OUTCOME_UNKNOWN")
    await _queue(session, claim, gateway_type, available)
    return claim


async def resubmit(
    session: AsyncSession, actor: Actor, claim_id: UUID, gateway_type: GatewayType | None, available: Available
) -> Claim:
    """Queue a rejected claim again; it stays the same claim."""
    claim = await _for_change(session, actor, claim_id)
    if claim.status is not S.REJECTED:
        raise _wrong_state(claim, "be resubmitted")
    if claim.written_off_at is not None:
        raise Conflict("The claim was written off", code="CLAIM_WRITTEN_OFF")
    if not claim.outcome_unknown:
        claim.attempt += 1
    await _queue(session, claim, gateway_type, available)
    return claim


async def cancel(session: AsyncSession, actor: Actor, claim_id: UUID, reason: str) -> Claim:
    """Withdraw a claim that no gateway is dealing with."""
    claim = await _for_change(session, actor, claim_id)
    if claim.outcome_unknown:
        message = "A submission may have been taken: ask the gateway first"
        raise Conflict(message, code="CLAIM_OUTCOME_UNKNOWN")
    if S.CANCELLED not in TRANSITIONS[claim.status]:
        raise _wrong_state(claim, "be cancelled")
    history.move(session, claim, S.CANCELLED, reason)
    return claim


async def write_off(session: AsyncSession, actor: Actor, claim_id: UUID, reason: str) -> Claim:
    """Give up on what is outstanding of a decided claim. Its status stays: payments alone explain it."""
    claim = await _for_change(session, actor, claim_id)
    if claim.status not in WRITABLE_OFF or claim.outcome_unknown:
        raise _wrong_state(claim, "be written off")
    amount = claim.outstanding_amount
    if amount == 0:
        raise BrokenRule("Nothing is outstanding", code="CLAIM_NOTHING_OUTSTANDING")
    written_off = (claim.written_off_amount or ZERO) + amount
    change = audit.changed({"writtenOffAmount": claim.written_off_amount}, {"writtenOffAmount": written_off})
    claim.written_off_amount, claim.written_off_reason, claim.written_off_at = written_off, reason, now()
    history.note(session, claim, ClaimEventType.WRITTEN_OFF, reason, details={"amount": str(amount)})
    audit.record(session, "billing", "claim.write-off", "Claim", claim.id, change)
    return claim


async def enter_result(
    session: AsyncSession,
    actor: Actor,
    claim_id: UUID,
    status: ClaimStatus,
    *,
    rejection: tuple[str | None, str | None],
    gateway_ref: str | None,
) -> Claim:
    """What an operator read in the other software about a claim of the MANUAL gateway."""
    claim = await _for_change(session, actor, claim_id)
    if claim.gateway_type is not GatewayType.MANUAL:
        raise BrokenRule("Only claims of the MANUAL gateway take a result", code="CLAIM_NOT_MANUAL")
    undecided = claim.status in WAITING or claim.status is S.ACCEPTED
    if not undecided or status not in TRANSITIONS[claim.status]:
        raise _wrong_state(claim, f"become {status}")
    if gateway_ref is not None:
        claim.gateway_ref = gateway_ref
    history.move(session, claim, status, rejection[1] or "entered by an operator", rejection=rejection)
    return claim


async def add_document(
    session: AsyncSession, actor: Actor, claim_id: UUID, document: KnownDocument | None, role: ClaimDocumentRole
) -> Claim:
    """Tie a clean document of the claim's patient to it; a gateway that holds the claim already is sent it."""
    claim = await _for_change(session, actor, claim_id)
    if claim.status not in OPEN_TO_DOCUMENTS:
        raise _wrong_state(claim, "take documents")
    known = document is not None and claim.patient_id == document.patient_id
    if document is None or not (known or document.case_id == claim.case_id):
        raise BrokenRule("No such document of this claim's patient", code="CLAIM_DOCUMENT_UNKNOWN")
    if not document.clean:
        raise BrokenRule("The document is not known to be clean", code="CLAIM_DOCUMENT_NOT_CLEAN")
    await _attach(session, claim, document.id, role)
    if claim.status in WAITING and claim.gateway_type is not GatewayType.MANUAL:
        await _queue_sync(session, claim)
    return claim


async def remove_document(session: AsyncSession, actor: Actor, claim_id: UUID, document_id: UUID) -> None:
    """Untie a document that the next submission shall not carry; what was sent with earlier ones stays sent."""
    claim = await _for_change(session, actor, claim_id)
    if claim.status not in REPLACEABLE_DOCUMENTS or claim.outcome_unknown:
        raise _wrong_state(claim, "lose documents")
    if not await repository.detach(session, claim_id, document_id):
        raise NotFound("Document of this claim")
    history.note(session, claim, ClaimEventType.DOCUMENT_DETACHED, details={"documentId": str(document_id)})
    audit.record(session, "billing", "claim.document-detach", "Claim", claim.id)


async def sync(session: AsyncSession, actor: Actor, claim_id: UUID) -> Claim:
    """Ask the gateway now."""
    policies.may_bill(actor)
    claim = await _existing(session, claim_id)
    if claim.gateway_type is GatewayType.MANUAL:
        raise BrokenRule("The MANUAL gateway cannot be asked: enter the result", code="CLAIM_GATEWAY_MANUAL")
    if claim.status is S.DRAFT and not claim.outcome_unknown:
        raise _wrong_state(claim, "be asked about")
    await _queue_sync(session, claim)
    return claim


async def queue_due_syncs(session: AsyncSession) -> int:
    """Queue a question for every claim that waits for a decision; returns how many."""
    due = await repository.queue_due_syncs(session)
    for claim_id in due:
        outbox.record(session, SyncClaimV1(claim_id=claim_id), of=claim_id)
    return len(due)


async def _for_change(session: AsyncSession, actor: Actor, claim_id: UUID) -> Claim:
    """The claim, locked, with no submission under way."""
    policies.may_bill(actor)
    claim = await _existing(session, claim_id)
    if claim.submission_queued_at is not None:
        raise Conflict("A submission of this claim is under way", code="CLAIM_SUBMISSION_IN_PROGRESS")
    return claim


async def _existing(session: AsyncSession, claim_id: UUID) -> Claim:
    claim = await repository.claim(session, claim_id, lock=True)
    if claim is None:
        raise NotFound("Claim")
    return claim


async def _queue(session: AsyncSession, claim: Claim, gateway_type: GatewayType | None, available: Available) -> None:
    chosen = gateway_type or claim.gateway_type
    if not available(chosen):
        detail = Detail("gatewayType", "NOT_AVAILABLE", f"{chosen} is not connected")
        raise BrokenRule("This gateway is not available", code="CLAIM_GATEWAY_NOT_AVAILABLE", details=[detail])
    await _check_complete(session, claim)
    claim.gateway_type = chosen
    claim.submission_queued_at = now()
    outbox.record(session, SubmitClaimV1(claim_id=claim.id, attempt=claim.attempt), of=claim)
    history.note(session, claim, ClaimEventType.SUBMISSION_QUEUED, f"for {chosen}, attempt {claim.attempt}")
    change = {"gatewayType": {"before": None, "after": chosen.value}}
    audit.record(session, "billing", "claim.submit", "Claim", claim.id, change)


async def _check_complete(session: AsyncSession, claim: Claim) -> None:
    await consents.require(session, claim.patient_id)
    if claim.case_cancelled_at is not None:
        raise BrokenRule("The case was cancelled", code="CLAIM_CASE_CANCELLED")
    if not claim.lines or claim.total_amount <= 0:
        raise BrokenRule("There is nothing to claim: the quote has no reimbursed line", code="CLAIM_NOTHING_TO_CLAIM")
    roles = {each.document_role for each in await repository.documents(session, claim.id)}
    missing = [role for role in REQUIRED_DOCUMENTS if role not in roles]
    if missing:
        details = [Detail("documents", "MISSING", f"a document in the role {role} is missing") for role in missing]
        code = "CLAIM_PRESCRIPTION_MISSING" if ClaimDocumentRole.PRESCRIPTION in missing else "CLAIM_DOCUMENT_MISSING"
        raise BrokenRule("The claim is not complete", code=code, details=details)


async def _queue_sync(session: AsyncSession, claim: Claim) -> None:
    await repository.queue_sync(session, claim.id)
    outbox.record(session, SyncClaimV1(claim_id=claim.id), of=claim.id)
    audit.record(session, "billing", "claim.sync", "Claim", claim.id)


async def _attach_by_itself(session: AsyncSession, claim: Claim, document: CaseDocument) -> None:
    of_patient = document.case_id == claim.case_id or (
        document.case_id is None and document.patient_id == claim.patient_id
    )
    role = role_of(document.document_type, of_quote=document.quote_id == claim.quote_id, of_patient=of_patient)
    if role is not None:
        await _attach(session, claim, document.document_id, role)


async def _attach(session: AsyncSession, claim: Claim, document_id: UUID, role: ClaimDocumentRole) -> None:
    if await repository.attach(session, claim.id, document_id, role):
        details = {"documentId": str(document_id), "documentRole": role.value}
        history.note(session, claim, ClaimEventType.DOCUMENT_ATTACHED, details=details)
        audit.record(session, "billing", "claim.document-attach", "Claim", claim.id)


def is_idle_draft(claim: Claim) -> bool:
    """A draft that no gateway can have."""
    return claim.status is S.DRAFT and claim.submission_queued_at is None and not claim.outcome_unknown


def _wrong_state(claim: Claim, what: str) -> Conflict:
    allowed = ", ".join(sorted(TRANSITIONS[claim.status])) or "nothing"
    detail = Detail("status", "INVALID_TRANSITION", f"a claim that is {claim.status} may become {allowed}")
    message = f"A claim that is {claim.status} cannot {what}"
    return Conflict(message, code="CLAIM_INVALID_TRANSITION", details=[detail])
