"""Parts put in, and what they leave of the repair budget."""

from collections.abc import Awaitable, Callable
from typing import Any

from common.contracts.enums import ContractType, Role
from common.ids import new_id
from common.testing import RunningService
from common.testing.keys import actor

from services.devices.tests.conftest import in_days

Make = Callable[..., Awaitable[Any]]
PART = {"partSku": "WHL-24", "partName": 'Rear wheel 24"', "quantity": 2, "unitCost": "49.95"}


async def test_parts_are_recorded_with_their_cost(devices: RunningService, ticket: Make, technician: Any) -> None:
    somebody = technician()
    made = await ticket(somebody)
    async with devices.client(somebody) as tech:
        used = await tech.post(f"/tickets/{made['id']}/parts", json=PART)
        listed = await tech.get(f"/tickets/{made['id']}/parts")
        history = await tech.get(f"/tickets/{made['id']}/history")
    assert used.status_code == 201
    body = used.json()
    assert (body["quantity"], body["unitCost"], body["lineTotal"]) == (2, "49.95", "99.90")
    assert body["budget"] | {"year": None} == {
        "year": None,
        "amount": "260.00",
        "consumed": "99.90",
        "remaining": "160.10",
        "exceededBy": "0.00",
        "isLow": False,
    }
    assert listed.json()["items"] == [{name: value for name, value in body.items() if name != "budget"}]
    [entry] = [entry for entry in history.json()["items"] if entry["kind"] == "PART_USED"]
    assert entry["details"] == {"partId": body["id"], "partSku": "WHL-24", "quantity": 2}


BAD_PARTS: list[tuple[dict[str, Any], str]] = [
    ({"quantity": 0}, "quantity"),
    ({"quantity": -1}, "quantity"),
    ({"quantity": 1.5}, "quantity"),
    ({"quantity": 1001}, "quantity"),
    ({"unitCost": "-0.01"}, "unitCost"),
    ({"unitCost": "1.005"}, "unitCost"),
    ({"unitCost": 49.95}, "unitCost"),
    ({"partSku": " "}, "partSku"),
    ({"partName": None}, "partName"),
]


async def test_a_bad_part_is_refused_naming_the_field(devices: RunningService, ticket: Make, technician: Any) -> None:
    somebody = technician()
    made = await ticket(somebody)
    async with devices.client(somebody) as tech:
        for changes, field in BAD_PARTS:
            refused = await tech.post(f"/tickets/{made['id']}/parts", json={**PART, **changes})
            assert refused.status_code == 400, changes
            assert [detail["field"] for detail in refused.json()["error"]["details"]] == [field]


async def test_parts_belong_to_a_visit_of_the_same_ticket_that_is_not_closed(
    devices: RunningService, ticket: Make, technician: Any
) -> None:
    somebody = technician()
    made, other = await ticket(somebody), await ticket(somebody)
    async with devices.client(somebody) as tech, devices.client(actor(Role.OPS)) as ops:
        when = {"technicianId": str(somebody.user_id), "scheduledAt": in_days(3)}
        mine = (await tech.post(f"/tickets/{made['id']}/visits", json=when)).json()
        path = f"/tickets/{other['id']}/parts"
        strange = await tech.post(path, json={**PART, "visitId": mine["id"]})
        unknown = await tech.post(path, json={**PART, "visitId": str(new_id())})
        fitting = await tech.post(f"/tickets/{made['id']}/parts", json={**PART, "visitId": mine["id"]})
        by_ops = await ops.post(path, json=PART)
        await ops.post(f"/tickets/{other['id']}/transitions", json={"to": "CLOSED"})
        closed = await tech.post(path, json=PART)
    assert (strange.status_code, strange.json()["error"]["code"]) == (422, "BIZ_VISIT_UNKNOWN")
    assert (unknown.status_code, fitting.status_code, by_ops.status_code, closed.status_code) == (422, 201, 403, 409)


async def test_little_left_of_the_budget_is_told_once(
    devices: RunningService, deliver: Make, ticket: Make, technician: Any
) -> None:
    somebody = technician()
    device = await deliver(contract_type=ContractType.ELECTRIC)
    made = await ticket(somebody, device)
    lows = []
    async with devices.client(somebody) as tech:
        for cost in ("599.99", "0.01", "100.00", "100.00"):  # 80 % of 750 euros are 600
            used = await tech.post(f"/tickets/{made['id']}/parts", json={**PART, "quantity": 1, "unitCost": cost})
            lows.append((used.json()["budget"]["isLow"], len(await devices.recorded("contract.budget-low"))))
    assert lows == [(False, 0), (True, 1), (True, 1), (True, 1)]
    assert used.json()["budget"]["remaining"] == "0.00"
    assert used.json()["budget"]["exceededBy"] == "50.00"
    [event] = await devices.recorded("contract.budget-low")
    assert (event.data["amount"], event.data["consumed"]) == ("750.00", "600.00")


async def test_a_device_without_a_contract_has_no_budget(
    devices: RunningService, deliver: Make, ticket: Make, technician: Any
) -> None:
    somebody = technician()
    made = await ticket(somebody, await deliver(contract_type=None))
    async with devices.client(somebody) as tech:
        used = await tech.post(f"/tickets/{made['id']}/parts", json=PART)
        contract = await tech.get(f"/devices/{made['deviceId']}/maintenance-contract")
    assert (used.status_code, used.json()["budget"], contract.status_code) == (201, None, 404)
