"""Scheduling and recording deliveries."""

import asyncio
from datetime import timedelta
from typing import Any

from common.clock import now
from common.contracts.enums import Role
from common.ids import new_id


def delivery(desk: Any, case_id: str, *items: tuple[dict[str, Any], str], **changes: Any) -> dict[str, Any]:
    return {
        "items": [{"productId": product["id"], "serialNumber": serial} for product, serial in items],
        "deliveredAt": now().isoformat(),
        "proofDocumentId": desk.proof(case_id),
        **changes,
    }


async def test_a_delivery_is_scheduled_changed_and_told(desk: Any) -> None:
    case, _ = await desk.scheduled()
    assert case["status"] == "DELIVERY_SCHEDULED"
    path = f"/cases/{case['id']}/delivery/schedule"
    later = now() + timedelta(days=5)
    changed = await desk.ops.post(path, json={"scheduledAt": later.isoformat()})
    assert (changed.status_code, changed.json()["status"]) == (200, "DELIVERY_SCHEDULED")
    past = await desk.ops.post(path, json={"scheduledAt": (now() - timedelta(hours=1)).isoformat()})
    assert (past.status_code, past.json()["error"]["code"]) == (422, "BIZ_DELIVERY_IN_PAST")
    assert len(await desk.running.recorded("case.delivery-scheduled")) == 2
    early = await desk.case()
    refused = await desk.ops.post(f"/cases/{early['id']}/delivery/schedule", json={"scheduledAt": later.isoformat()})
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "BIZ_INVALID_TRANSITION")


async def test_what_was_delivered_is_told_with_its_maintenance_terms(desk: Any) -> None:
    manual = await desk.product()
    electric = await desk.product(category="ELECTRIC_WHEELCHAIR", maintenanceForfait="812.50")
    cushion = await desk.product(category="ACCESSORY", maintenanceForfait="99.00")
    case, _ = await desk.scheduled(desk.line(manual), desk.line(electric), desk.line(cushion))
    body = delivery(desk, case["id"], (manual, "SN-1"), (electric, "SN-2"), (cushion, "SN-3"))
    done = await desk.ops.post(f"/cases/{case['id']}/delivery/complete", json=body)
    assert done.status_code == 200, done.text
    assert done.json()["status"] == "DELIVERED"
    [told] = await desk.running.recorded("case.delivered")
    assert told.data["proofDocumentId"] == body["proofDocumentId"]
    terms = [
        (item["serialNumber"], item["contractType"], item["annualForfait"], item["familyName"])
        for item in told.data["items"]
    ]
    assert terms == [
        ("SN-1", "MANUAL", "260.00", manual["familyName"]),
        ("SN-2", "ELECTRIC", "812.50", electric["familyName"]),
        ("SN-3", None, None, cushion["familyName"]),
    ]
    again = await desk.ops.post(f"/cases/{case['id']}/delivery/complete", json=body)
    assert (again.status_code, again.json()["error"]["code"]) == (409, "BIZ_INVALID_TRANSITION")


async def test_a_delivery_that_may_not_be_so_is_refused(desk: Any) -> None:
    chair, other = await desk.product(), await desk.product()
    case, _ = await desk.scheduled(desk.line(chair))
    id_card = desk.colleagues.add_document(desk.patient_id, "ID_CARD")
    dirty = desk.colleagues.add_document(desk.patient_id, "DELIVERY_PROOF", scan="PENDING")
    foreign = desk.colleagues.add_document(new_id(), "DELIVERY_PROOF")
    of_other_case = desk.colleagues.add_document(desk.patient_id, "DELIVERY_PROOF", case_id=str(new_id()))
    one = (chair, "SN-1")
    refused: list[tuple[list[Any], dict[str, Any], int, str]] = [
        ([(other, "SN-1")], {}, 422, "BIZ_DELIVERY_NOT_AS_QUOTED"),
        ([one, (chair, "SN-2")], {}, 422, "BIZ_DELIVERY_NOT_AS_QUOTED"),
        ([one, one], {}, 400, "VAL_INVALID"),
        ([], {}, 400, "VAL_INVALID"),
        ([(chair, " ")], {}, 400, "VAL_INVALID"),
        ([one], {"deliveredAt": (now() + timedelta(hours=1)).isoformat()}, 422, "BIZ_DELIVERY_IN_FUTURE"),
        ([one], {"proofDocumentId": str(new_id())}, 404, "DOC_NOT_FOUND"),
        ([one], {"proofDocumentId": foreign}, 404, "DOC_NOT_FOUND"),
        ([one], {"proofDocumentId": of_other_case}, 404, "DOC_NOT_FOUND"),
        ([one], {"proofDocumentId": id_card}, 422, "DOC_WRONG_TYPE"),
        ([one], {"proofDocumentId": dirty}, 409, "DOC_NOT_CLEAN"),
    ]
    for items, changes, status, code in refused:
        body = delivery(desk, case["id"], *items, **changes)
        answer = await desk.ops.post(f"/cases/{case['id']}/delivery/complete", json=body)
        assert (answer.status_code, answer.json()["error"]["code"]) == (status, code), (items, changes)
    assert (await desk.read(case["id"]))["status"] == "DELIVERY_SCHEDULED"


async def test_one_serial_number_is_delivered_once_even_to_two_at_once(desk: Any) -> None:
    chair = await desk.product()
    scheduled = [(await desk.scheduled(desk.line(chair)))[0]["id"] for _ in range(2)]
    answers = await asyncio.gather(
        *(
            desk.ops.post(f"/cases/{case}/delivery/complete", json=delivery(desk, case, (chair, "SN-1")))
            for case in scheduled
        )
    )
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    [refused] = [answer for answer in answers if answer.status_code == 409]
    assert refused.json()["error"]["code"] == "BIZ_SERIAL_NUMBER_TAKEN"


async def test_only_ops_and_the_technician_of_a_case_deliver_it(desk: Any) -> None:
    chair = await desk.product()
    case, _ = await desk.agreed(desk.line(chair))
    when = {"scheduledAt": (now() + timedelta(days=1)).isoformat()}
    for role in Role:
        if role is not Role.OPS:
            async with desk.client(role) as somebody:
                answer = await somebody.post(f"/cases/{case['id']}/delivery/schedule", json=when)
                assert answer.status_code == (404 if role is Role.TECHNICIAN else 403)
    technician = desk.colleagues.add_user(Role.TECHNICIAN)
    task = {"taskType": "DELIVERY_SCHEDULE", "title": "Livrer", "assignedTo": technician}
    assert (await desk.ops.post(f"/cases/{case['id']}/tasks", json=task)).status_code == 201
    async with desk.client(desk.technician(technician)) as client:
        scheduled = await client.post(f"/cases/{case['id']}/delivery/schedule", json=when)
        body = delivery(desk, case["id"], (chair, "SN-1"))
        done = await client.post(f"/cases/{case['id']}/delivery/complete", json=body)
    assert (scheduled.status_code, done.status_code) == (200, 200)
