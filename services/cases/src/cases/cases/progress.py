"""Moving a case: what every move, by hand or by itself, changes and tells."""

from dataclasses import dataclass
from datetime import datetime

from common import audit, context
from common.clock import now
from common.contracts.cases import CaseStatusChangedV1
from common.contracts.enums import CaseStatus
from common.events import outbox
from sqlalchemy.ext.asyncio import AsyncSession

from cases.cases import repository
from cases.cases.deadlines import AWAITING_CLAIM, deadline
from cases.cases.domain import CLAIM_FACTS, Fact, by_itself, checklist_on_entry
from cases.cases.models import Case, CaseTransition
from cases.catalogue.domain import agreed_by_silence_at
from cases.tasks.templates import follow


@dataclass(frozen=True, slots=True)
class Occasion:
    """How a move came about; `at` is when the world made it, where that differs from now."""

    automatic: bool
    reason: str | None = None
    at: datetime | None = None


async def happened(
    session: AsyncSession, case: Case, fact: Fact, *, at: datetime | None = None, reason: str | None = None
) -> None:
    """Move `case`, which the caller has locked, as far as `fact` moves it by itself; not at all where it is no news.

    A claim that went ahead of a case that was held up is caught up with.
    """
    await session.flush()
    before = case.status
    await _advance(session, case, fact, Occasion(automatic=True, at=at, reason=reason))
    if before is not case.status is CaseStatus.READY_TO_SUBMIT:
        known = await repository.claim_status(session, case.id)
        if known in CLAIM_FACTS:
            await _advance(session, case, CLAIM_FACTS[known], Occasion(automatic=True))


async def _advance(session: AsyncSession, case: Case, fact: Fact, occasion: Occasion) -> None:
    while True:
        target = by_itself(case.status, fact, await repository.situation(session, case))
        if target is None:
            return
        await enter(session, case, target, occasion)


async def enter(session: AsyncSession, case: Case, target: CaseStatus, occasion: Occasion) -> None:
    """Put `case` into `target`, keep the move, and tell everybody."""
    origin, moment = case.status, now()
    case.status, case.status_since = target, moment
    case.checklist_state = checklist_on_entry(target, case.checklist_state)
    if target not in AWAITING_CLAIM:
        case.claim_due = None
    _note(case, origin, occasion.at or moment, occasion.reason)
    if target is CaseStatus.SUBMITTED_TO_CPAM:
        needed = await repository.procedures(session, case.id)
        case.agreement_by = agreed_by_silence_at(occasion.at or moment, needed)
    case.sla_deadline = deadline(target, case.priority, moment, case.agreement_by)
    session.add(
        CaseTransition(
            case_id=case.id,
            from_status=origin,
            to_status=target,
            automatic=occasion.automatic,
            actor_id=context.current().actor_id,
            reason=occasion.reason,
            occurred_at=moment,
        )
    )
    event = CaseStatusChangedV1(
        case_id=case.id,
        patient_id=case.patient_id,
        case_number=case.case_number,
        from_status=origin,
        to_status=target,
    )
    outbox.record(session, event, of=case)
    changes = audit.changed({"status": origin.value}, {"status": target.value})
    audit.record(session, "cases", "case.transition", "Case", case.id, changes)
    await follow(session, case, origin)
    await session.flush()


def _note(case: Case, origin: CaseStatus, at: datetime, reason: str | None) -> None:
    """Keep the moments the case is asked for later."""
    if case.status is CaseStatus.SUBMITTED_TO_CPAM:
        case.submitted_at = at
    elif case.status is CaseStatus.CPAM_REJECTED:
        case.rejected_at, case.rejection_reason = at, reason
    elif case.status is CaseStatus.CPAM_APPROVED and origin is CaseStatus.DELIVERY_SCHEDULED:
        case.delivery_scheduled_at = None
    elif case.status is CaseStatus.CPAM_APPROVED:
        case.approved_at, case.rejection_reason = at, None
