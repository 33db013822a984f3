"""What the assistant learns of cases."""

from common.contracts.cases import CaseOpenedV1, CaseStatusChangedV1
from common.contracts.enums import CaseStatus
from common.events.consume import EventConsumer
from common.events.envelope import Received
from sqlalchemy.ext.asyncio import AsyncSession

from devices.assistant import repository

cases = EventConsumer("devices", "cases")


@cases.on(CaseOpenedV1)
async def on_opened(session: AsyncSession, event: Received[CaseOpenedV1]) -> None:
    """A case begins as received."""
    case = event.data
    await repository.note_case(session, case.case_id, case.patient_id, case.case_number, CaseStatus.INTAKE_RECEIVED)


@cases.on(CaseStatusChangedV1)
async def on_status_changed(session: AsyncSession, event: Received[CaseStatusChangedV1]) -> None:
    """A case has come to another state; events older than what is known are skipped by the consumer."""
    case = event.data
    await repository.note_case(session, case.case_id, case.patient_id, case.case_number, case.to_status)
