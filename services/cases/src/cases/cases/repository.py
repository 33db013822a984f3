"""Queries of cases."""

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import NamedTuple
from uuid import UUID

from common.auth import Actor, Permission, require
from common.clock import now, today
from common.contracts.enums import ClaimStatus, Role
from common.http.hot import PreparedQuery
from sqlalchemy import ColumnElement, Select, Uuid, any_, bindparam, func, not_, select, union_all
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from cases.cases import facts
from cases.cases.deadlines import Observed
from cases.cases.domain import Situation
from cases.cases.models import IS_OPEN, RUNNING_NUMBER, Case, CaseClaim, CaseTransition, case_numbers
from cases.cases.numbers import Typed, typed
from cases.cases.schemas import CaseFilters
from cases.cases.visibility import parameters, visible, visible_to
from cases.catalogue.domain import PriorAgreement
from cases.catalogue.models import Product, ProductFamily
from cases.prescriptions.models import Prescription
from cases.quotes.domain import QuoteStatus
from cases.quotes.models import Quote, QuoteLineItem

_CASE_ID = bindparam("case_id", type_=Uuid())
_ENOUGH_PATIENTS = 1000


class Subject(NamedTuple):
    """Whom and what a case is about."""

    patient_id: UUID
    prescription_id: UUID


async def subject(session: AsyncSession, actor: Actor, case_id: UUID) -> Subject | None:
    """Of one the actor may know of."""
    require(actor, Permission.CASE_READ)
    wanted = _subject(actor.role, has_patients=bool(actor.patients))
    row = await wanted.row_in(session, case_id=case_id, **parameters(actor))
    return None if row is None else Subject(row.patient_id, row.prescription_id)


@cache
def _subject(role: Role, *, has_patients: bool) -> PreparedQuery:
    """Compiled once: it begins almost every request."""
    wanted = select(Case.patient_id, Case.prescription_id)
    return PreparedQuery(wanted.where(Case.id == _CASE_ID, visible(role, has_patients=has_patients)))


async def locked_by(session: AsyncSession, actor: Actor, case_id: UUID) -> Case | None:
    """One the actor may know of, to change it: held against others until the transaction ends."""
    require(actor, Permission.CASE_READ)
    wanted = _to_change(actor.role, has_patients=bool(actor.patients))
    return (await session.scalars(wanted, {"case_id": case_id, **parameters(actor)})).one_or_none()


@cache
def _to_change(role: Role, *, has_patients: bool) -> Select[Case]:
    seen = visible(role, has_patients=has_patients, reading=False)
    return select(Case).where(Case.id == _CASE_ID, seen).with_for_update()


async def any_case(session: AsyncSession, case_id: UUID) -> Case | None:
    """One for another service, whoever may see it."""
    return await session.get(Case, case_id)


async def locked(session: AsyncSession, case_id: UUID) -> Case | None:
    """One for an event handler, held until the transaction ends and read anew."""
    wanted = select(Case).where(Case.id == case_id).with_for_update()
    return (await session.scalars(wanted, execution_options={"populate_existing": True})).one_or_none()


async def locked_of_prescription(session: AsyncSession, prescription_id: UUID) -> Case | None:
    wanted = select(Case).where(Case.prescription_id == prescription_id).with_for_update()
    return (await session.scalars(wanted)).one_or_none()


async def next_case_number(session: AsyncSession) -> str:
    """`AX-<year>-<six digits or more>`."""
    number = await session.scalar(select(case_numbers.next_value()))
    return f"AX-{today().year}-{number:06}"


async def situation(session: AsyncSession, case: Case) -> Situation:
    """What the checks of the state machine look at."""
    latest = await session.scalar(
        select(Quote.status).where(Quote.case_id == case.id).order_by(Quote.quote_version.desc()).limit(1)
    )
    return Situation(
        checklist=case.checklist_state,
        quote_drafted=latest is QuoteStatus.DRAFT,
        quote_sent=latest is QuoteStatus.PENDING_APPROVAL,
        quote_approved=latest is QuoteStatus.APPROVED,
        delivery_scheduled=case.delivery_scheduled_at is not None,
        delivered=case.delivered_at is not None,
    )


async def observed(session: AsyncSession, case: Case) -> Observed:
    """What the flags of a case depend on."""
    wanted = select(*facts.COLUMNS).join(Prescription, Prescription.id == Case.prescription_id)
    row = (await session.execute(wanted.where(Case.id == case.id))).mappings().one()
    return facts.observed(dict(row))


async def procedures(session: AsyncSession, case_id: UUID) -> Sequence[PriorAgreement]:
    """The prior agreements that the base lines of a case's approved quote need."""
    wanted = (
        select(ProductFamily.prior_agreement)
        .join(Product, Product.family_id == ProductFamily.id)
        .join(QuoteLineItem, QuoteLineItem.product_id == Product.id)
        .join(Quote, Quote.id == QuoteLineItem.quote_id)
        .where(Quote.case_id == case_id, Quote.status == QuoteStatus.APPROVED, not_(QuoteLineItem.optional))
        .distinct()
    )
    return (await session.scalars(wanted)).all()


async def claim_status(session: AsyncSession, case_id: UUID) -> ClaimStatus | None:
    """The latest known state of the claim of the approved quote; None while none is known of."""
    approved = select(Quote.id).where(Quote.case_id == case_id, Quote.status == QuoteStatus.APPROVED)
    wanted = select(CaseClaim.status).where(CaseClaim.quote_id.in_(approved))
    return await session.scalar(wanted.order_by(CaseClaim.claim_id.desc()).limit(1))


async def last_transition(session: AsyncSession, case_id: UUID) -> CaseTransition | None:
    wanted = select(CaseTransition).where(CaseTransition.case_id == case_id).order_by(CaseTransition.id.desc()).limit(1)
    return (await session.scalars(wanted)).one_or_none()


async def matching(
    session: AsyncSession,
    actor: Actor,
    filters: CaseFilters,
    q: str,
    patients: Sequence[UUID],
    cursor: UUID | None,
    limit: int,
) -> Sequence[Case]:
    """Cases the actor may know of whose number has `q` as a part, or that are of one of `patients`.

    The highest number first, which is the newest: so that the numbers' own index has them in order.
    """
    wanted = _filtered(actor, filters)
    if cursor is not None:
        last = aliased(Case)
        wanted = wanted.where(Case.case_number < select(last.case_number).where(last.id == cursor).scalar_subquery())
    numbers = wanted.with_only_columns(Case.id, Case.case_number)
    ways = _ways(numbers, typed(q), patients)
    if not ways:
        return []
    newest = [select(way.order_by(way.selected_columns[1].desc()).limit(limit + 1).subquery().c[0]) for way in ways]
    found = select(Case).where(Case.id.in_(union_all(*newest)))
    return (await session.scalars(found.order_by(Case.case_number.desc()).limit(limit + 1))).all()


def _ways(wanted: Select[UUID, str], number: Typed, patients: Sequence[UUID]) -> list[Select[UUID, str]]:
    """What each way to find a case gives, by an index of its own.

    Where few are found, they are gathered before they are put in order; what many have is looked for in order instead.
    """
    ways = []
    if number.start is not None:
        ways.append(wanted.where(Case.case_number >= number.start, Case.case_number < f"{number.start}~"))
    if number.anywhere is not None:
        ways.append(wanted.where(func.strpos(Case.case_number, number.anywhere) > 0))
    if number.running is not None:
        ways.append(_gathered(wanted.where(RUNNING_NUMBER.like(f"%{number.running}%"))))
    if patients:
        ways.append(_gathered(wanted.where(Case.patient_id == any_(list(patients[:_ENOUGH_PATIENTS])))))  # type: ignore[arg-type]
    return ways


def _gathered(wanted: Select[UUID, str]) -> Select[UUID, str]:
    few = wanted.cte().prefix_with("MATERIALIZED", dialect="postgresql")
    return select(few.c.id, few.c.case_number)


async def newly_overdue(session: AsyncSession, moment: datetime, limit: int) -> Sequence[Case]:
    """Cases whose deadline has passed and was not told of, longest first, held; others' are skipped."""
    wanted = (
        select(Case)
        .where(Case.sla_reported.is_distinct_from(Case.sla_deadline), Case.sla_deadline.is_not(None))
        .where(facts.is_late(moment))
        .order_by(Case.sla_deadline)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return (await session.scalars(wanted)).all()


async def newly_without_claim(session: AsyncSession, moment: datetime, limit: int) -> Sequence[Case]:
    """Cases whose claim should be drafted by now and is not, which was not told of, longest first, held as above."""
    wanted = (
        select(Case)
        .where(facts.is_without_claim(moment), Case.claim_reported.is_distinct_from(Case.claim_due))
        .order_by(Case.claim_due)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return (await session.scalars(wanted)).all()


def _filtered(actor: Actor, filters: CaseFilters) -> Select[Case]:
    wanted = select(Case).where(visible_to(actor))
    conditions: list[ColumnElement[bool]] = []
    if filters.status:
        conditions.append(Case.status.in_(filters.status))
    if filters.assigned_to is not None:
        conditions.append(Case.assigned_to == filters.assigned_to)
    if filters.priority is not None:
        conditions.append(Case.priority == filters.priority)
    if filters.patient_id is not None:
        conditions.append(Case.patient_id == filters.patient_id)
    if filters.case_number is not None:
        conditions.append(Case.case_number == filters.case_number.upper())
    if filters.open is not None:
        conditions.append(IS_OPEN if filters.open else not_(IS_OPEN))
    if (points := filters.unchecked_points()) is not None:
        conditions.append(Case.checklist_state.contains(points))
    if filters.overdue is not None:
        late = facts.is_late(now())
        conditions.append(late if filters.overdue else facts.never(late))
    if filters.at_risk is not None:
        at_risk = facts.is_at_risk(now())
        conditions.append(at_risk if filters.at_risk else facts.never(at_risk))
    if filters.claim_missing is not None:
        missing = facts.is_without_claim(now())
        conditions.append(missing if filters.claim_missing else facts.never(missing))
    return wanted.where(*conditions)
