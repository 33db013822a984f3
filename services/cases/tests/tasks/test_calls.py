"""Whoever prefers the telephone is called: a task for OPS."""

from typing import Any

from common.contracts.notifications import CallRequestedV1
from common.ids import new_id
from common.testing import eventually


async def test_somebody_who_wants_to_be_called_is_a_task_for_ops_once(working_desk: Any) -> None:
    desk = working_desk
    case, who = await desk.case(), new_id()

    async def wants(case_id: Any, times: int = 1) -> None:
        await desk.running.publish(CallRequestedV1(user_id=who, about="quote.ready", case_id=case_id), times=times)

    async def calls() -> list[dict[str, Any]]:
        items = (await desk.ops.get(f"/cases/{case['id']}/tasks")).json()["items"]
        return [item for item in items if item["title"].startswith("Appeler")]

    await desk.running.publish_raw("NOTIFICATIONS", CallRequestedV1.subject(), b"{}")
    await wants(new_id())
    await wants(None)
    await wants(case["id"], times=2)
    letters = await eventually(desk.running.dead_letters, until=lambda found: len(found) == 2)
    assert {(letter["consumer"], letter["reason"]) for letter in letters} == {
        ("cases-calls", "invalid"),
        ("cases-calls", "permanent"),
    }
    [task] = await eventually(calls, until=bool)
    assert task["title"] == "Appeler la personne : quote.ready"
    assert task["taskType"] == "FOLLOW_UP"
    assert str(who) in task["description"]
    mine = (await desk.mine.get(f"/cases/{case['id']}/tasks")).json()["items"]
    assert task["id"] not in {item["id"] for item in mine}
