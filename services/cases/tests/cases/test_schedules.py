"""The hourly look at deadlines."""

import asyncio
from datetime import timedelta
from typing import Any

from cases.cases.schedules import tell_of_overdue_cases
from common import clock
from common.clock import now


async def test_a_missed_deadline_is_told_once_however_many_look_and_anew_for_the_next_one(desk: Any) -> None:
    urgent, late = await desk.case(priority="URGENT"), await desk.case()

    async def told(times: int = 1) -> list[str]:
        await asyncio.gather(*(tell_of_overdue_cases(desk.running.resources) for _ in range(times)))
        return [event.data["caseId"] for event in await desk.running.recorded("case.overdue")]

    assert await told() == []
    with clock.travel(now() + timedelta(days=1, hours=1)):
        assert await told(times=3) == [urgent["id"]]
        [event] = await desk.running.recorded("case.overdue")
        assert (event.data["status"], event.data["caseNumber"]) == ("INTAKE_RECEIVED", urgent["caseNumber"])
        flags = [flag["code"] for flag in (await desk.read(urgent["id"]))["flags"]]
        assert flags[-1] == "SLA_OVERDUE"
    with clock.travel(now() + timedelta(days=2, hours=1)):
        assert await told() == [urgent["id"], late["id"]]
        await desk.move(urgent["id"], "DOCUMENTS_PENDING")
        assert await told() == [urgent["id"], late["id"]]
    with clock.travel(now() + timedelta(days=20)):
        assert await told() == [urgent["id"], late["id"], urgent["id"]]


async def test_more_cases_than_one_batch_are_all_told_of(desk: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr("cases.cases.schedules._BATCH", 2)
    made = [(await desk.case())["id"] for _ in range(5)]
    with clock.travel(now() + timedelta(days=3)):
        await tell_of_overdue_cases(desk.running.resources)
    assert [event.data["caseId"] for event in await desk.running.recorded("case.overdue")] == made
