"""`/cases/{id}/tasks` and `/tasks/{id}`."""

from typing import Any

from cases.tasks.domain import DONE, TaskStatus, may_become
from common.contracts.enums import Role
from common.ids import new_id


def test_what_is_done_stays_done() -> None:
    for current in TaskStatus:
        for wanted in TaskStatus:
            assert may_become(current, wanted) is (current is wanted or current not in DONE)


async def task(desk: Any, case_id: str, **changes: Any) -> Any:
    body = {"taskType": "DOCUMENT_REQUEST", "title": "Envoyer la carte Vitale", **changes}
    answer = await desk.ops.post(f"/cases/{case_id}/tasks", json=body)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def test_ops_give_tasks_and_change_them(desk: Any) -> None:
    case = await desk.case()
    made = await task(desk, case["id"], dueAt="2026-12-01T10:00:00Z")
    assert (made["status"], made["completedAt"], made["assignedTo"]) == ("PENDING", None, None)
    path = f"/tasks/{made['id']}"
    changed = await desk.ops.patch(path, json={"title": "Relancer", "dueAt": None, "status": "IN_PROGRESS"})
    assert (changed.json()["title"], changed.json()["dueAt"]) == ("Relancer", None)
    assert (await desk.ops.patch(path, json={"title": "x"}, headers={"If-Match": '"1"'})).status_code == 412
    done = (await desk.ops.patch(path, json={"status": "COMPLETED"})).json()
    assert done["completedAt"] is not None
    again = await desk.ops.patch(path, json={"status": "PENDING"})
    assert (again.status_code, again.json()["error"]["code"]) == (409, "BIZ_TASK_DONE")
    listed = (await desk.ops.get(f"/cases/{case['id']}/tasks", params={"status": "PENDING"})).json()
    assert listed["items"] == []


async def test_a_patient_sees_and_completes_what_is_given_to_the_patient_and_no_more(desk: Any) -> None:
    case = await desk.case()
    theirs = await task(desk, case["id"], assignedTo=str(desk.patient.user_id))
    staffs = await task(desk, case["id"])
    assert [item["id"] for item in (await desk.mine.get(f"/cases/{case['id']}/tasks")).json()["items"]] == [
        theirs["id"]
    ]
    assert (await desk.mine.patch(f"/tasks/{staffs['id']}", json={"status": "COMPLETED"})).status_code == 404
    assert (await desk.mine.patch(f"/tasks/{theirs['id']}", json={"title": "x"})).status_code == 403
    done = await desk.mine.patch(f"/tasks/{theirs['id']}", json={"status": "COMPLETED"})
    assert (done.status_code, done.json()["status"]) == (200, "COMPLETED")
    async with desk.client(Role.PATIENT) as stranger:
        assert (await stranger.patch(f"/tasks/{theirs['id']}", json={"status": "PENDING"})).status_code == 404


async def test_nobody_but_ops_gives_tasks_and_only_its_assignee_changes_one(desk: Any) -> None:
    case = await desk.case()
    biller = desk.colleagues.add_user(Role.BILLING)
    given = await task(desk, case["id"], assignedTo=biller)
    for role in Role:
        if role is not Role.OPS:
            async with desk.client(role) as somebody:
                body = {"taskType": "OTHER", "title": "x"}
                assert (await somebody.post(f"/cases/{case['id']}/tasks", json=body)).status_code == 403
                status = (await somebody.patch(f"/tasks/{given['id']}", json={"status": "COMPLETED"})).status_code
                unseen = role in {Role.PATIENT, Role.TECHNICIAN}  # who may be given some
                assert status == (404 if unseen else 403)
    async with desk.client(desk.staff(Role.BILLING, biller)) as client:
        assert (await client.patch(f"/tasks/{given['id']}", json={"status": "COMPLETED"})).status_code == 200


async def test_a_technician_sees_a_case_while_they_have_a_task_of_it(desk: Any) -> None:
    case = await desk.case()
    technician = desk.colleagues.add_user(Role.TECHNICIAN)
    async with desk.client(desk.technician(technician)) as client:
        assert (await client.get(f"/cases/{case['id']}")).status_code == 404
        given = await task(desk, case["id"], assignedTo=technician)
        assert (await client.get(f"/cases/{case['id']}")).status_code == 200
        assert [item["id"] for item in (await client.get("/cases")).json()["items"]] == [case["id"]]
        await desk.ops.patch(f"/tasks/{given['id']}", json={"assignedTo": None})
        assert (await client.get(f"/cases/{case['id']}")).status_code == 404


async def test_unsuitable_assignees_are_refused(desk: Any) -> None:
    case = await desk.case()
    for user in (desk.colleagues.add_user(Role.PRESCRIBER), str(new_id())):
        body = {"taskType": "OTHER", "title": "x", "assignedTo": user}
        refused = await desk.ops.post(f"/cases/{case['id']}/tasks", json=body)
        assert (refused.status_code, refused.json()["error"]["code"]) == (422, "BIZ_ASSIGNEE_UNSUITABLE")


async def test_tasks_come_and_go_with_the_states_of_a_case(desk: Any) -> None:
    case = await desk.case()
    await desk.ops.patch(f"/cases/{case['id']}", json={"assignedTo": str(desk.officer.user_id)})
    path = f"/cases/{case['id']}/tasks"

    async def told(client: Any) -> list[tuple[str, str]]:
        return [(item["taskType"], item["status"]) for item in (await client.get(path)).json()["items"]]

    pending = await desk.move(case["id"], "DOCUMENTS_PENDING")
    [asked] = (await desk.mine.get(path)).json()["items"]
    assert (asked["taskType"], asked["dueAt"]) == ("DOCUMENT_REQUEST", pending["slaDeadline"])
    await desk.move(case["id"], "DOCUMENTS_COMPLETE", "UNDER_REVIEW")
    assert await told(desk.mine) == [("DOCUMENT_REQUEST", "COMPLETED")]
    [review, _] = (await desk.ops.get(path)).json()["items"]
    assert (review["taskType"], review["assignedTo"]) == ("VERIFICATION", str(desk.officer.user_id))
    await desk.move(case["id"], "DOCUMENTS_PENDING", "CANCELLED")
    assert await told(desk.ops) == [
        ("DOCUMENT_REQUEST", "CANCELLED"),
        ("VERIFICATION", "COMPLETED"),
        ("DOCUMENT_REQUEST", "COMPLETED"),
    ]
