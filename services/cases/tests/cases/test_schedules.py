"""The hourly look at deadlines."""

import asyncio
from datetime import timedelta
from typing import Any

from cases.cases.schedules import tell_of_missing_claims, tell_of_overdue_cases
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


async def test_an_approved_quote_without_a_claim_is_told_once_and_no_longer_once_the_case_goes_back(desk: Any) -> None:
    case, _ = await desk.approved()
    others = await desk.in_quote_pending()

    async def told(times: int = 1) -> list[str]:
        await asyncio.gather(*(tell_of_missing_claims(desk.running.resources) for _ in range(times)))
        return [event.data["caseId"] for event in await desk.running.recorded("case.claim-missing")]

    async def listed() -> list[list[str]]:
        return [
            [item["id"] for item in answer.json()["items"]]
            for answer in (
                await desk.ops.get("/cases", params={"claimMissing": "true"}),
                await desk.ops.post("/cases/search", json={"q": "AX-", "claimMissing": True}),
                await desk.ops.get("/cases", params={"claimMissing": "false"}),
            )
        ]

    def flagged(case: Any) -> bool:
        return "CLAIM_MISSING" in [flag["code"] for flag in case["flags"]]

    with clock.travel(now() + timedelta(minutes=4)):
        assert (await told(), await listed()) == ([], [[], [], [others["id"], case["id"]]])
        assert not flagged(await desk.read(case["id"]))
    with clock.travel(now() + timedelta(minutes=6)):
        assert await told(times=3) == await told() == [case["id"]]
        assert await listed() == [[case["id"]], [case["id"]], [others["id"]]]
        assert flagged(await desk.read(case["id"]))
        await desk.move(case["id"], "QUOTE_PENDING")
        assert await listed() == [[], [], [others["id"], case["id"]]]
        await desk.approve((await desk.send((await desk.draft(case["id"]))["id"]))["id"])
        assert await told() == [case["id"]]
    with clock.travel(now() + timedelta(minutes=12)):
        assert await told() == [case["id"], case["id"]]


async def test_more_cases_than_one_batch_are_all_told_of(desk: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr("cases.cases.schedules._BATCH", 2)
    made = [(await desk.case())["id"] for _ in range(5)]
    with clock.travel(now() + timedelta(days=3)):
        await tell_of_overdue_cases(desk.running.resources)
    assert [event.data["caseId"] for event in await desk.running.recorded("case.overdue")] == made
