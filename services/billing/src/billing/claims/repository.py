"""Queries of claims."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from common.clock import now
from common.contracts.enums import ClaimDocumentRole, ClaimStatus, GatewayType
from common.http.pages import after
from sqlalchemy import delete, func, literal, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from billing.claims.domain import FOLLOWED, WAITING
from billing.claims.models import (
    CLAIM_NUMBERS,
    INVOICE_NUMBERS,
    CancelledCase,
    CaseDocument,
    Claim,
    ClaimDocument,
    ClaimEvent,
    ClaimSync,
    GatewayAlert,
    Payment,
)
from billing.returns.models import ClaimReturn

_SYNC_LOST = timedelta(minutes=15)
"""After this long a queued question is taken for lost, and asked again."""
_ALERT_AGAIN = timedelta(hours=1)
"""One outage keeps every claim's question from being answered: it is told of this often, not once a claim."""
_DECIDED_AGAIN = timedelta(hours=6)
"""An accepted claim is asked about this often: for a late rejection, and for payments no return file told of."""


async def claim(session: AsyncSession, claim_id: UUID, *, lock: bool = False) -> Claim | None:
    statement = select(Claim).where(Claim.id == claim_id)
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    return (await session.scalars(statement)).one_or_none()


async def claims(
    session: AsyncSession,
    cursor: UUID | None,
    limit: int,
    *,
    status: ClaimStatus | None,
    case_id: UUID | None,
    gateway_type: GatewayType | None,
) -> Sequence[Claim]:
    statement = select(Claim)
    if status is not None:
        statement = statement.where(Claim.status == status)
    if case_id is not None:
        statement = statement.where(Claim.case_id == case_id)
    if gateway_type is not None:
        statement = statement.where(Claim.gateway_type == gateway_type)
    return (await session.scalars(after(statement, Claim.id, cursor, limit))).all()


async def claims_of_case(session: AsyncSession, case_id: UUID) -> Sequence[Claim]:
    """All claims of a case, locked, the oldest first."""
    statement = select(Claim).where(Claim.case_id == case_id).order_by(Claim.id).with_for_update()
    return (await session.scalars(statement.execution_options(populate_existing=True))).all()


async def claims_by_invoice(session: AsyncSession, numbers: Sequence[str]) -> dict[str, Claim]:
    """The claims of these invoice numbers, locked in one order, so that two returns never deadlock."""
    statement = select(Claim).where(Claim.invoice_number.in_(numbers)).order_by(Claim.id).with_for_update()
    found = await session.scalars(statement.execution_options(populate_existing=True))
    return {each.invoice_number: each for each in found}


async def next_numbers(session: AsyncSession, year: int) -> tuple[str, str]:
    """A claim number `CL-YYYY-NNNNNN` and an invoice number of nine digits, never given before."""
    numbers = select(CLAIM_NUMBERS.next_value(), INVOICE_NUMBERS.next_value())
    number, invoice = (await session.execute(numbers)).one()
    return f"CL-{year}-{number:06d}", f"{invoice:09d}"


async def documents(session: AsyncSession, claim_id: UUID) -> Sequence[ClaimDocument]:
    statement = select(ClaimDocument).where(ClaimDocument.claim_id == claim_id).order_by(ClaimDocument.id)
    return (await session.scalars(statement)).all()


async def attach(session: AsyncSession, claim_id: UUID, document_id: UUID, role: ClaimDocumentRole) -> bool:
    """Tie a document to a claim; False when it was already."""
    statement = (
        insert(ClaimDocument)
        .values(claim_id=claim_id, document_id=document_id, document_role=role)
        .on_conflict_do_nothing(index_elements=[ClaimDocument.claim_id, ClaimDocument.document_id])
        .returning(ClaimDocument.id)
    )
    return (await session.execute(statement)).first() is not None


async def detach(session: AsyncSession, claim_id: UUID, document_id: UUID) -> bool:
    """Untie a document from a claim; False when it was not tied to it."""
    statement = delete(ClaimDocument).where(
        ClaimDocument.claim_id == claim_id, ClaimDocument.document_id == document_id
    )
    return (await session.execute(statement.returning(ClaimDocument.id))).first() is not None


async def mark_sent(session: AsyncSession, claim_id: UUID, document_ids: Sequence[UUID], at: datetime) -> None:
    """Note that the gateway has these documents."""
    statement = update(ClaimDocument).where(
        ClaimDocument.claim_id == claim_id, ClaimDocument.document_id.in_(document_ids)
    )
    await session.execute(statement.values(sent_at=at))


async def history(session: AsyncSession, claim_id: UUID) -> Sequence[ClaimEvent]:
    statement = (
        select(ClaimEvent).where(ClaimEvent.claim_id == claim_id).order_by(ClaimEvent.occurred_at, ClaimEvent.id)
    )
    return (await session.scalars(statement)).all()


async def payments(session: AsyncSession, claim_id: UUID, cursor: UUID | None, limit: int) -> Sequence[Payment]:
    statement = select(Payment).where(Payment.claim_id == claim_id)
    return (await session.scalars(after(statement, Payment.id, cursor, limit))).all()


async def returns(session: AsyncSession, claim_id: UUID, cursor: UUID | None, limit: int) -> Sequence[ClaimReturn]:
    statement = select(ClaimReturn).where(ClaimReturn.claim_id == claim_id)
    return (await session.scalars(after(statement, ClaimReturn.id, cursor, limit))).all()


async def paid_sums(session: AsyncSession, claim_ids: Sequence[UUID]) -> dict[UUID, Decimal]:
    """The signed sum of payments of each of these claims that has any."""
    statement = select(Payment.claim_id, func.sum(Payment.amount)).where(Payment.claim_id.in_(claim_ids))
    rows = await session.execute(statement.group_by(Payment.claim_id))
    return {row[0]: row[1] for row in rows}


async def remember_document(session: AsyncSession, document: CaseDocument) -> None:
    """Note a clean document, or what is new about one: events of it may come in any order."""
    new = insert(CaseDocument).values(
        document_id=document.document_id,
        document_type=document.document_type,
        patient_id=document.patient_id,
        case_id=document.case_id,
        quote_id=document.quote_id,
    )
    known = {
        name: func.coalesce(new.excluded[name], getattr(CaseDocument, name))
        for name in ("patient_id", "case_id", "quote_id")
    }
    await session.execute(new.on_conflict_do_update(index_elements=[CaseDocument.document_id], set_=known))


async def documents_around(session: AsyncSession, claim: Claim) -> Sequence[CaseDocument]:
    """Known documents of a claim's quote and case, and the patient's that belong to no case."""
    of_patient = CaseDocument.case_id.is_(None) & (CaseDocument.patient_id == claim.patient_id)
    related = or_(CaseDocument.quote_id == claim.quote_id, CaseDocument.case_id == claim.case_id, of_patient)
    return (await session.scalars(select(CaseDocument).where(related).order_by(CaseDocument.document_id))).all()


async def drafts_for(session: AsyncSession, document: CaseDocument) -> Sequence[Claim]:
    """Draft claims that a document may go with, locked."""
    related = [Claim.quote_id == document.quote_id] if document.quote_id else []
    if document.case_id is not None:
        related.append(Claim.case_id == document.case_id)
    elif document.patient_id is not None:
        related.append(Claim.patient_id == document.patient_id)
    if not related:
        return []
    statement = select(Claim).where(Claim.status == ClaimStatus.DRAFT, or_(*related)).order_by(Claim.id)
    return (await session.scalars(statement.with_for_update().execution_options(populate_existing=True))).all()


async def cancel_case(session: AsyncSession, case_id: UUID) -> None:
    """Remember that a case was withdrawn."""
    await session.execute(insert(CancelledCase).values(case_id=case_id, cancelled_at=now()).on_conflict_do_nothing())


async def case_is_cancelled(session: AsyncSession, case_id: UUID) -> bool:
    return await session.get(CancelledCase, case_id) is not None


async def queue_sync(session: AsyncSession, claim_id: UUID) -> None:
    """Note that a question to the gateway is in the queue."""
    new = insert(ClaimSync).values(claim_id=claim_id, queued_at=now())
    again = {"queued_at": new.excluded.queued_at, "ended_at": None}
    await session.execute(new.on_conflict_do_update(index_elements=[ClaimSync.claim_id], set_=again))


async def queue_due_syncs(session: AsyncSession) -> Sequence[UUID]:
    """Note a question for every claim it is time to ask about and that has none in the queue; their ids."""
    moment = now()
    decided = Claim.status.in_(list(FOLLOWED - WAITING)) & (
        ClaimSync.claim_id.is_(None) | (ClaimSync.ended_at < moment - _DECIDED_AGAIN)
    )
    due = (
        select(Claim.id, literal(moment, ClaimSync.queued_at.type))
        .outerjoin(ClaimSync, ClaimSync.claim_id == Claim.id)
        .where(
            Claim.gateway_type != GatewayType.MANUAL,
            or_(Claim.status.in_(list(WAITING)), decided, Claim.outcome_unknown),
        )
    )
    new = insert(ClaimSync).from_select(["claim_id", "queued_at"], due)
    statement = new.on_conflict_do_update(
        index_elements=[ClaimSync.claim_id],
        set_={"queued_at": new.excluded.queued_at, "ended_at": None},
        where=ClaimSync.ended_at.is_not(None) | (ClaimSync.queued_at < moment - _SYNC_LOST),
    ).returning(ClaimSync.claim_id)
    return (await session.scalars(statement)).all()


async def open_sync(session: AsyncSession, claim_id: UUID) -> datetime | None:
    """When the question that waits for its answer was last queued; None where none does."""
    statement = select(ClaimSync.queued_at).where(ClaimSync.claim_id == claim_id, ClaimSync.ended_at.is_(None))
    return (await session.scalars(statement)).one_or_none()


async def alert_is_due(session: AsyncSession, gateway_type: GatewayType) -> bool:
    """Whether staff have not been told lately that this gateway cannot be asked; from now on they have."""
    moment = now()
    new = insert(GatewayAlert).values(gateway_type=gateway_type, alerted_at=moment)
    statement = new.on_conflict_do_update(
        index_elements=[GatewayAlert.gateway_type],
        set_={"alerted_at": new.excluded.alerted_at},
        where=GatewayAlert.alerted_at < moment - _ALERT_AGAIN,
    ).returning(GatewayAlert.gateway_type)
    return (await session.execute(statement)).first() is not None


async def end_sync(session: AsyncSession, claim_id: UUID, queued_at: datetime | None = None) -> None:
    """The question was answered, or given up; with `queued_at`, unless it was queued again after that."""
    asked = [ClaimSync.claim_id == claim_id] + ([ClaimSync.queued_at == queued_at] if queued_at else [])
    await session.execute(update(ClaimSync).where(*asked).values(ended_at=now()))
