"""Booking what a return says: payments, decisions, a row for each claim; what matches nothing is parked."""

from collections.abc import Sequence
from decimal import Decimal
from uuid import UUID

from common.clock import PARIS, now
from common.contracts.billing import PaymentReceivedV1
from common.contracts.enums import ClaimStatus
from common.events import outbox
from common.ids import new_id
from sqlalchemy.ext.asyncio import AsyncSession

from billing.claims import history
from billing.claims import repository as claims
from billing.claims.domain import UNDECIDABLE, Decision, after_return
from billing.claims.models import Claim, ClaimEventType, Payment, PaymentMethod
from billing.returns import repository
from billing.returns.models import ClaimReturn, ParkedReason, ReturnEntry, ReturnFile

ZERO = Decimal("0.00")


async def book(session: AsyncSession, file: ReturnFile, entries: Sequence[ReturnEntry]) -> None:
    """Add new entries of a file, each settling the claim of its invoice number or parked; the rest is left alone."""
    known = await repository.known_positions(session, file.id, [each.position for each in entries])
    fresh = [each for each in entries if each.position not in known]
    found = await claims.claims_by_invoice(session, [each.invoice_number for each in fresh])
    session.add_all(fresh)
    settling = []
    for entry in fresh:
        claim = found.get(entry.invoice_number)
        entry.parked_reason = parked_reason(claim)
        if claim is not None and entry.parked_reason is None:
            entry.claim_id, entry.matched_at = claim.id, now()
            settling.append((entry, claim))
    await session.flush()
    await settle(session, file, settling)


def parked_reason(claim: Claim | None) -> ParkedReason | None:
    """Why an entry settles no claim; None when it does."""
    if claim is None:
        return ParkedReason.UNKNOWN_INVOICE
    if claim.status not in UNDECIDABLE:
        return None
    cancelled = claim.status is ClaimStatus.CANCELLED
    return ParkedReason.CLAIM_CANCELLED if cancelled else ParkedReason.CLAIM_NOT_SUBMITTED


async def settle(session: AsyncSession, file: ReturnFile, matches: Sequence[tuple[ReturnEntry, Claim]]) -> None:
    """Book each entry on its claim (locked by the caller), in order."""
    claim_ids = list({claim.id for _, claim in matches})
    if not claim_ids:
        return
    sums = await claims.paid_sums(session, claim_ids)
    rows = await repository.claim_returns(session, file.id, claim_ids)
    for entry, claim in matches:
        _tell_claim(session, file, entry, claim, rows)
        paid = sums.get(claim.id, ZERO) + _pay(session, file, entry, claim)
        sums[claim.id] = paid
        _decide(session, file, entry, claim, paid)
    await session.flush()


def _tell_claim(
    session: AsyncSession, file: ReturnFile, entry: ReturnEntry, claim: Claim, rows: dict[UUID, ClaimReturn]
) -> None:
    row = rows.get(claim.id)
    if row is None:
        row = rows[claim.id] = ClaimReturn(
            claim_id=claim.id,
            return_file_id=file.id,
            return_type=file.return_type,
            raw_file_storage_key=file.raw_file_storage_key,
            received_at=file.received_at,
            parsed_data={"invoices": []},
        )
        session.add(row)
    invoices = [] if row.parsed_data is None else row.parsed_data["invoices"]
    row.parsed_data = {"invoices": [*invoices, entry.data]}
    row.processed_at = now()
    details = {"returnFileId": str(file.id), "entryId": str(entry.id), "decision": entry.decision.value}
    history.note(session, claim, ClaimEventType.RETURN_RECEIVED, details=details)


def _pay(session: AsyncSession, file: ReturnFile, entry: ReturnEntry, claim: Claim) -> Decimal:
    """The payments an entry makes; returns their sum."""
    parts = ((PaymentMethod.CPAM_DIRECT, entry.amo_paid), (PaymentMethod.MUTUELLE, entry.amc_paid))
    for method, amount in parts:
        if not amount:
            continue
        payment = Payment(
            id=new_id(),
            claim_id=claim.id,
            amount=amount,
            payment_date=entry.paid_on or file.file_date or file.received_at.astimezone(PARIS).date(),
            payment_method=method,
            reference=entry.reference,
            return_entry_id=entry.id,
        )
        session.add(payment)
        details = {"paymentId": str(payment.id), "amount": str(amount), "paymentMethod": method.value}
        history.note(session, claim, ClaimEventType.PAYMENT_RECEIVED, details=details)
        received = PaymentReceivedV1(
            case_id=claim.case_id,
            payment_id=payment.id,
            claim_id=claim.id,
            patient_id=claim.patient_id,
            amount=amount,
            payment_date=payment.payment_date,
        )
        outbox.record(session, received, of=claim)
    return entry.amo_paid + entry.amc_paid


def _decide(session: AsyncSession, file: ReturnFile, entry: ReturnEntry, claim: Claim, paid: Decimal) -> None:
    if paid != (claim.paid_amount or ZERO):
        claim.paid_amount = paid
        claim.gateway_paid_amount = None
    decision = Decision.NONE if _is_of_earlier_attempt(file, entry, claim) else entry.decision
    target = after_return(claim.status, claim.total_amount, paid, decision)
    denial = entry.denials[0] if entry.denials else {}
    rejection = (denial.get("code"), denial.get("label")) if target is ClaimStatus.REJECTED else None
    if rejection is not None and claim.status is target:
        claim.rejection_code, claim.rejection_reason = rejection
    reason = denial.get("label") or f"by return {file.id}"
    history.move(session, claim, target, reason, rejection=rejection, details={"returnFileId": str(file.id)})


def _is_of_earlier_attempt(file: ReturnFile, entry: ReturnEntry, claim: Claim) -> bool:
    """A decision dated before the day of a resubmission is about what was submitted before it."""
    dated = entry.paid_on or file.file_date
    if claim.attempt == 1 or claim.submitted_at is None or dated is None:
        return False
    return dated < claim.submitted_at.astimezone(PARIS).date()
