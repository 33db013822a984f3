"""Use cases of quotes. Whoever changes a quote holds its case, so that two never decide on one at once."""

from uuid import UUID

from common import audit, consents
from common.auth import Actor
from common.clock import now, today
from common.contracts.cases import (
    QuoteApprovedV1,
    QuoteCreatedV1,
    QuoteLine,
    QuoteRejectedV1,
    QuoteSentV1,
    QuoteSupersededV1,
)
from common.contracts.enums import CaseStatus
from common.errors import Conflict, Detail, NotFound
from common.events import outbox
from common.ids import new_id
from sqlalchemy.ext.asyncio import AsyncSession

from cases.cases.deadlines import CLAIM_DELAY
from cases.cases.domain import Fact
from cases.cases.models import Case
from cases.cases.progress import happened
from cases.cases.repository import locked as locked_case
from cases.cases.service import find as find_case
from cases.prescriptions.models import Prescription
from cases.quotes import policies, repository
from cases.quotes.domain import QUOTABLE, VALIDITY, QuoteStatus, amounts, has_lapsed
from cases.quotes.models import Quote
from cases.quotes.pricing import price
from cases.quotes.schemas import NewQuote, PrintedLine, PrintedQuote
from cases.reading import note_read


async def draft(session: AsyncSession, actor: Actor, case_id: UUID, new: NewQuote) -> Quote:
    """Draft the next version of a case's quote; what was live before is superseded."""
    policies.may_quote(actor)
    case = await find_case(session, actor, case_id)
    await consents.require(session, case.patient_id)
    prescription = await session.get_one(Prescription, case.prescription_id)
    lines = await price(session, new.lines, prescription.prescription_date)
    if case.status not in QUOTABLE:
        raise Conflict(f"A case in {case.status} is given no new quote", code="BIZ_CASE_NOT_QUOTABLE")
    await _supersede(session, case)
    sums = amounts((line.line_total, line.optional) for line in lines)
    quote = Quote(
        id=new_id(),
        case_id=case.id,
        quote_number=await repository.next_quote_number(session),
        quote_version=await repository.next_version(session, case.id),
        total_amount=sums.total,
        lppr_coverage=sums.coverage,
        patient_remainder=sums.remainder,
        prescription_date=prescription.prescription_date,
        created_by=actor.user_id,
        lines=lines,
    )
    session.add(quote)
    outbox.record(session, QuoteCreatedV1(**_identified(case, quote)), of=quote)
    audit.record(session, "cases", "quote.create", "Quote", quote.id)
    await happened(session, case, Fact.QUOTE_DRAFTED)
    return quote


async def _supersede(session: AsyncSession, case: Case) -> None:
    for old in await repository.live(session, case.id):
        _change_status(session, old, QuoteStatus.SUPERSEDED, "quote.supersede")
        outbox.record(session, QuoteSupersededV1(**_identified(case, old)), of=old)
    await session.flush()


async def read(session: AsyncSession, actor: Actor, quote_id: UUID) -> Quote:
    """One quote with its lines; `NotFound` when the actor may not know of it. Reading by staff is audited."""
    quote = await _find(session, actor, quote_id)
    note_read(session, actor, "quote.read", "Quote", quote.id)
    return quote


async def _find(session: AsyncSession, actor: Actor, quote_id: UUID) -> Quote:
    quote = await repository.quote(session, actor, quote_id)
    if quote is None:
        raise NotFound("Quote")
    return quote


async def _held(session: AsyncSession, actor: Actor, quote_id: UUID) -> tuple[Case, Quote]:
    """A quote to be changed and its case, held against others; `NotFound` as for reading."""
    case_id = await repository.case_of(session, quote_id)
    if case_id is None:
        raise NotFound("Quote")
    try:
        case = await find_case(session, actor, case_id)
    except NotFound:
        raise NotFound("Quote") from None
    return case, await _find(session, actor, quote_id)


async def send(session: AsyncSession, actor: Actor, quote_id: UUID) -> Quote:
    """Ask the patient to approve a draft; its PDF is made from the event this records."""
    policies.may_quote(actor)
    case, quote = await _held(session, actor, quote_id)
    _require_status(quote, QuoteStatus.DRAFT)
    _require_case(case, CaseStatus.QUOTE_READY)
    await consents.require(session, case.patient_id)
    _change_status(session, quote, QuoteStatus.PENDING_APPROVAL, "quote.send")
    quote.sent_at = now()
    quote.valid_until = today() + VALIDITY
    event = QuoteSentV1(
        **_identified(case, quote), total_amount=quote.total_amount, patient_remainder=quote.patient_remainder
    )
    outbox.record(session, event, of=quote)
    await happened(session, case, Fact.QUOTE_SENT)
    return quote


async def approve(session: AsyncSession, actor: Actor, quote_id: UUID) -> Quote:
    """The patient, or a proxy, agrees: billing drafts the claim, and the case moves on when its checklist is full."""
    policies.may_decide_something(actor)
    case, quote = await _held(session, actor, quote_id)
    policies.may_decide(actor, case.patient_id)
    _require_awaited(case, quote)
    await consents.require(session, case.patient_id)
    if has_lapsed(quote.valid_until, today()):
        raise Conflict(f"The quote was valid until {quote.valid_until}", code="BIZ_QUOTE_EXPIRED")
    _change_status(session, quote, QuoteStatus.APPROVED, "quote.approve")
    quote.approved_at, quote.approved_by = now(), actor.user_id
    case.checklist_state = {**case.checklist_state, "patientApproved": True}
    case.claim_due = quote.approved_at + CLAIM_DELAY
    prescription = await session.get_one(Prescription, case.prescription_id)
    outbox.record(session, _approval(case, quote, prescription), of=quote)
    await happened(session, case, Fact.QUOTE_APPROVED)
    return quote


async def reject(session: AsyncSession, actor: Actor, quote_id: UUID, reason: str) -> Quote:
    """The patient, or a proxy, declines: another quote is due."""
    policies.may_decide_something(actor)
    case, quote = await _held(session, actor, quote_id)
    policies.may_decide(actor, case.patient_id)
    _require_awaited(case, quote)
    _change_status(session, quote, QuoteStatus.REJECTED, "quote.reject")
    quote.rejected_at, quote.rejection_reason = now(), reason
    outbox.record(session, QuoteRejectedV1(**_identified(case, quote)), of=quote)
    await happened(session, case, Fact.QUOTE_REJECTED)
    return quote


def _require_awaited(case: Case, quote: Quote) -> None:
    _require_status(quote, QuoteStatus.PENDING_APPROVAL)
    _require_case(case, CaseStatus.PATIENT_APPROVAL_PENDING)


def _require_status(quote: Quote, wanted: QuoteStatus) -> None:
    if quote.status is not wanted:
        detail = Detail("status", quote.status.value, f"only a quote that is {wanted} can be")
        raise Conflict(f"The quote is {quote.status}", code="BIZ_QUOTE_STATUS", details=[detail])


def _require_case(case: Case, wanted: CaseStatus) -> None:
    if case.status is not wanted:
        detail = Detail("caseStatus", case.status.value, f"the case is to be {wanted}")
        raise Conflict(f"The case is {case.status}", code="BIZ_CASE_STATUS", details=[detail])


def _change_status(session: AsyncSession, quote: Quote, status: QuoteStatus, action: str) -> None:
    changes = audit.changed({"status": quote.status.value}, {"status": status.value})
    quote.status = status
    audit.record(session, "cases", action, "Quote", quote.id, changes)


def _identified(case: Case, quote: Quote) -> dict[str, object]:
    """What every event about a quote says."""
    return {
        "case_id": case.id,
        "patient_id": case.patient_id,
        "quote_id": quote.id,
        "quote_number": quote.quote_number,
        "quote_version": quote.quote_version,
    }


def _approval(case: Case, quote: Quote, prescription: Prescription) -> QuoteApprovedV1:
    """All that billing makes a claim of."""
    return QuoteApprovedV1.model_validate(
        {
            **_identified(case, quote),
            "approved_by": quote.approved_by,
            "approved_at": quote.approved_at,
            "total_amount": quote.total_amount,
            "lppr_coverage": quote.lppr_coverage,
            "patient_remainder": quote.patient_remainder,
            "lines": [
                QuoteLine(
                    lppr_code=line.lppr_code,
                    quantity=line.quantity,
                    unit_price=line.unit_price,
                    line_total=line.line_total,
                    optional=line.optional,
                )
                for line in quote.lines
            ],
            "prescription_id": prescription.id,
            "prescription_date": prescription.prescription_date,
            "prescription_document_id": prescription.document_id,
            "prescriber_id": prescription.prescriber_id,
            "quote_document_id": quote.pdf_document_id,
        }
    )


async def link_pdf(session: AsyncSession, quote_id: UUID, document_id: UUID) -> bool:
    """Note the PDF that shows a quote; False when there is no such quote.

    Its case is held meanwhile: a patient who approves at that moment waits rather than being refused.
    """
    case_id = await repository.case_of(session, quote_id)
    if case_id is None:
        return False
    await locked_case(session, case_id)
    quote = await repository.plain(session, quote_id)
    if quote.pdf_document_id != document_id:
        quote.pdf_document_id = document_id
        audit.record(session, "cases", "quote.link-pdf", "Quote", quote.id)
    return True


async def printed_approved(session: AsyncSession, case_id: UUID) -> PrintedQuote:
    """The approved quote of a case, as `printed`; `NotFound` where there is none."""
    quote = await repository.approved(session, case_id)
    if quote is None:
        raise NotFound("Quote")
    return await printed(session, quote.id)


async def printed(session: AsyncSession, quote_id: UUID) -> PrintedQuote:
    """What the PDF of a quote shows; `NotFound` for an unknown one and for one that was never sent."""
    quote = await repository.printed(session, quote_id)
    if quote is None or quote.valid_until is None:
        raise NotFound("Quote")
    return PrintedQuote(
        id=quote.id,
        quote_number=quote.quote_number,
        quote_version=quote.quote_version,
        case_id=quote.case_id,
        case_number=quote.case.case_number,
        patient_id=quote.case.patient_id,
        prescriber_id=quote.case.prescriber_id,
        prescription_date=quote.prescription_date,
        issued_on=quote.valid_until - VALIDITY,
        valid_until=quote.valid_until,
        lines=[
            PrintedLine(
                lppr_code=line.lppr_code,
                label=line.lppr_label,
                details=f"{line.product_name} ({line.sku})",
                plv=line.max_price,
                unit_price=line.unit_price,
                quantity=line.quantity,
                line_total=line.line_total,
                optional=line.optional,
            )
            for line in quote.lines
        ],
        lppr_coverage=quote.lppr_coverage,
        patient_remainder=quote.patient_remainder,
        total_amount=quote.total_amount,
    )
