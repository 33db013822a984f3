"""What is done by the clock."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime

from common import audit
from common.clock import now
from common.contracts.cases import CaseClaimMissingV1, CaseOverdueV1
from common.events import outbox
from common.events.contract import Event
from common.events.schedule import Schedules
from sqlalchemy.ext.asyncio import AsyncSession

from cases.cases import repository
from cases.cases.models import Case
from cases.resources import CasesResources

schedules: Schedules[CasesResources] = Schedules("cases")

_BATCH = 200

_Find = Callable[[AsyncSession, datetime, int], Awaitable[Sequence[Case]]]
"""The next cases to tell of, held, which are not found again once noted as told."""


@schedules.on("sla-violation-alerts")
async def tell_of_overdue_cases(resources: CasesResources) -> None:
    """Tell, once for each deadline, of every case that has passed it until now."""
    await _tell_of_all(resources, repository.newly_overdue, _overdue)


@schedules.on("claim-missing-alerts")
async def tell_of_missing_claims(resources: CasesResources) -> None:
    """Tell, once for each approved quote, of every case whose claim should be there by now and is not."""
    await _tell_of_all(resources, repository.newly_without_claim, _claim_missing)


async def _tell_of_all(resources: CasesResources, find: _Find, note: Callable[[Case], Event]) -> None:
    moment = now()
    while True:
        async with resources.database.transaction() as session:
            found = await find(session, moment, _BATCH)
            for case in found:
                event = note(case)
                outbox.record(session, event, of=case)
                audit.record(session, "cases", event.name, "Case", case.id)
        if len(found) < _BATCH:
            return


def _overdue(case: Case) -> Event:
    case.sla_reported = case.sla_deadline
    return CaseOverdueV1.model_validate({**_identified(case), "status": case.status, "sla_deadline": case.sla_deadline})


def _claim_missing(case: Case) -> Event:
    case.claim_reported = case.claim_due
    return CaseClaimMissingV1.model_validate({**_identified(case), "claim_due": case.claim_due})


def _identified(case: Case) -> dict[str, object]:
    return {"case_id": case.id, "patient_id": case.patient_id, "case_number": case.case_number}
