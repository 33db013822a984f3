"""What is done by the clock."""

from common import audit
from common.clock import now
from common.contracts.cases import CaseOverdueV1
from common.events import outbox
from common.events.schedule import Schedules

from cases.cases import repository
from cases.resources import CasesResources

schedules: Schedules[CasesResources] = Schedules("cases")

_BATCH = 200


@schedules.on("sla-violation-alerts")
async def tell_of_overdue_cases(resources: CasesResources) -> None:
    """Tell, once for each deadline, of every case that has passed it until now."""
    moment = now()
    while True:
        async with resources.database.transaction() as session:
            overdue = await repository.newly_overdue(session, moment, _BATCH)
            for case in overdue:
                case.sla_reported = case.sla_deadline
                event = CaseOverdueV1(
                    case_id=case.id,
                    patient_id=case.patient_id,
                    case_number=case.case_number,
                    status=case.status,
                    sla_deadline=case.sla_deadline,
                )
                outbox.record(session, event, of=case)
                audit.record(session, "cases", "case.overdue", "Case", case.id)
        if len(overdue) < _BATCH:
            return
