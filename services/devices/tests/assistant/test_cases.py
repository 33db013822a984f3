"""What the assistant learns of cases by their events."""

from typing import Any
from uuid import UUID

import pytest_asyncio
from common.contracts.cases import CaseOpenedV1, CaseStatusChangedV1
from common.contracts.enums import CaseStatus, Priority
from common.ids import new_id
from common.testing import RunningService, eventually
from common.testing.plugin import RunService


@pytest_asyncio.fixture
async def worker(run_worker: RunService) -> RunningService:
    return await run_worker("devices")


async def known(worker: RunningService) -> dict[str, str]:
    rows: list[Any] = await worker.resources.database.reads.fetch("SELECT case_number, status FROM known_cases")
    return dict(map(tuple, rows))


def opened(case_id: UUID, number: str) -> CaseOpenedV1:
    return CaseOpenedV1(
        case_id=case_id,
        patient_id=new_id(),
        case_number=number,
        prescription_id=new_id(),
        prescription_document_id=new_id(),
        prescriber_id=None,
        priority=Priority.NORMAL,
    )


def moved(case_id: UUID, number: str, to: CaseStatus) -> CaseStatusChangedV1:
    return CaseStatusChangedV1(
        case_id=case_id,
        patient_id=new_id(),
        case_number=number,
        from_status=CaseStatus.INTAKE_RECEIVED,
        to_status=to,
    )


async def test_the_latest_state_counts_whatever_the_order_and_however_often_it_is_told(worker: RunningService) -> None:
    one, two = new_id(), new_id()
    await worker.publish(moved(one, "AX-1", CaseStatus.UNDER_REVIEW), of=one, version=3, times=3)
    await worker.publish(moved(one, "AX-1", CaseStatus.DOCUMENTS_COMPLETE), of=one, version=2)
    await worker.publish(opened(one, "AX-1"), of=one, version=1)
    await worker.publish(opened(two, "AX-2"), of=two, version=1)
    found = await eventually(lambda: known(worker), until=lambda found: len(found) == 2)
    assert found == {"AX-1": "UNDER_REVIEW", "AX-2": "INTAKE_RECEIVED"}
    assert await worker.dead_letters() == []


async def test_a_message_that_is_no_case_is_kept_for_somebody_to_look_at(worker: RunningService) -> None:
    await worker.publish_raw("CASES", CaseOpenedV1.subject(), b'{"specversion": "1.0"}')
    [letter] = await eventually(worker.dead_letters)
    assert (letter["consumer"], letter["reason"]) == ("devices-cases", "invalid")
