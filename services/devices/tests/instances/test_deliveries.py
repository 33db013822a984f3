"""`case.delivered` registers devices and their contracts."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import asyncpg
import pytest_asyncio
from common.contracts.cases import CaseDeliveredV1, DeliveredItem
from common.contracts.enums import ContractType
from common.ids import new_id
from common.testing import RunningService, eventually
from common.testing.plugin import RunService, Servers


@pytest_asyncio.fixture
async def worker(run_worker: RunService) -> RunningService:
    return await run_worker("devices")


def item(serial: str, **changes: Any) -> DeliveredItem:
    given = {"product_id": new_id(), "contract_type": "ELECTRIC", "annual_forfait": "420.00", "family_name": "FRE A"}
    return DeliveredItem.model_validate({"serial_number": serial, **given, **changes})


def delivery(*items: DeliveredItem, case_id: UUID | None = None) -> CaseDeliveredV1:
    return CaseDeliveredV1(
        case_id=case_id or new_id(),
        patient_id=new_id(),
        case_number="AX-2026-000001",
        delivered_at=datetime(2026, 12, 31, 23, 30, tzinfo=UTC),
        proof_document_id=new_id(),
        items=list(items),
    )


async def rows(worker: RunningService, query: str) -> list[dict[str, Any]]:
    return [dict(row) for row in await worker.resources.database.reads.fetch(query)]


async def serials(worker: RunningService) -> list[str]:
    return [row["serial_number"] for row in await rows(worker, "SELECT * FROM device_instances ORDER BY serial_number")]


async def letters(worker: RunningService) -> list[dict[str, Any]]:
    return await eventually(worker.dead_letters)


async def test_each_device_is_registered_with_its_contract_and_told_to_others(worker: RunningService) -> None:
    event = delivery(item("  A-1 "), item("B-2", contract_type=None, annual_forfait=None))
    await worker.publish(event)
    await eventually(lambda: serials(worker), until=lambda found: found == ["A-1", "B-2"])
    [contract] = await rows(worker, "SELECT * FROM maintenance_contracts")
    [device] = await rows(worker, "SELECT * FROM device_instances WHERE serial_number = 'A-1'")
    assert (device["case_id"], device["patient_id"], device["status"]) == (event.case_id, event.patient_id, "ACTIVE")
    assert (device["product_id"], device["product_family"]) == (event.items[0].product_id, "FRE A")
    assert (contract["device_id"], contract["contract_type"], contract["status"]) == (
        device["id"],
        "ELECTRIC",
        "ACTIVE",
    )
    assert str(contract["annual_forfait"]) == "420.00"
    # Half an hour before the new year in UTC is the new year's first day in France.
    assert (str(contract["start_date"]), str(contract["renewal_date"])) == ("2027-01-01", "2028-01-01")
    assert len(await worker.recorded("device.registered")) == 2
    [activated] = await worker.recorded("contract.activated")
    assert activated.data == {
        "caseId": str(event.case_id),
        "deviceId": str(device["id"]),
        "patientId": str(event.patient_id),
        "contractId": str(contract["id"]),
        "contractType": "ELECTRIC",
        "renewalDate": "2028-01-01",
    }
    actions = [entry.data["action"] for entry in await worker.recorded("audit.recorded")]
    assert sorted(actions) == ["device.register", "device.register", "maintenance-contract.activate"]


async def test_a_delivery_without_a_forfait_gets_the_one_in_force(worker: RunningService) -> None:
    manual = item("A-1", contract_type=ContractType.MANUAL, annual_forfait=None)
    await worker.publish(delivery(manual, item("B-2", annual_forfait=None), item("C-3", annual_forfait="0.00")))
    found = await eventually(
        lambda: rows(
            worker,
            "SELECT serial_number, annual_forfait::text FROM maintenance_contracts c "
            "JOIN device_instances d ON d.id = c.device_id ORDER BY 1",
        )
    )
    assert [row["annual_forfait"] for row in found] == ["260.00", "750.00", "0.00"]


async def test_the_same_delivery_again_changes_nothing(worker: RunningService) -> None:
    event = delivery(item("A-1"))
    await worker.publish(event, times=3)
    await eventually(lambda: serials(worker))
    await worker.publish(event)  # as another event, such as a replay under an id of its own
    await worker.publish(delivery(item("Z-9")))
    await eventually(lambda: serials(worker), until=lambda found: "Z-9" in found)
    assert await serials(worker) == ["A-1", "Z-9"]
    assert len(await rows(worker, "SELECT * FROM maintenance_contracts")) == 2
    assert len(await worker.recorded("device.registered")) == 2
    assert len(await worker.recorded("contract.activated")) == 2
    assert await worker.dead_letters() == []


async def test_a_delivery_read_again_by_an_older_database_makes_what_it_made_before(
    worker: RunningService, servers: Servers
) -> None:
    event = delivery(item("A-1"), item("B-2"))
    event_id = await worker.publish(event)

    async def ids() -> list[UUID]:
        known = "SELECT id FROM device_instances UNION ALL SELECT id FROM maintenance_contracts ORDER BY 1"
        told = "SELECT event_id AS id FROM outbox_sent WHERE subject NOT LIKE '%.audit.recorded' ORDER BY 1"
        return [row["id"] for row in await rows(worker, known)] + [row["id"] for row in await rows(worker, told)]

    before = await eventually(ids, until=lambda found: len(found) == 8)
    [database] = await rows(worker, "SELECT current_database() AS name")
    admin = await asyncpg.connect(servers.postgres, database=database["name"])
    await admin.execute("TRUNCATE device_instances, inbox, outbox_sent CASCADE")
    await admin.close()
    await worker.publish(event, event_id=event_id, times=2)  # the broker may take the first for one it has
    assert await eventually(ids, until=lambda found: len(found) == 8) == before


async def test_a_serial_number_of_another_case_is_kept_for_somebody_to_look_at(worker: RunningService) -> None:
    await worker.publish(delivery(item("A-1")))
    await eventually(lambda: serials(worker))
    await worker.publish(delivery(item("B-2"), item("A-1")))
    [letter] = await letters(worker)
    assert (letter["reason"], letter["consumer"]) == ("permanent", "devices-deliveries")
    assert "items[1]" in letter["error"]
    assert await serials(worker) == ["A-1"], "a delivery is registered whole or not at all"


async def test_a_serial_number_twice_for_different_products_is_refused(worker: RunningService) -> None:
    await worker.publish(delivery(item("A-1"), item("A-1")))
    [letter] = await letters(worker)
    assert letter["reason"] == "permanent"
    assert await serials(worker) == []


async def test_a_serial_number_that_is_blank_or_endless_is_refused(worker: RunningService) -> None:
    await worker.publish(delivery(item("   ")))
    await worker.publish(delivery(item("x" * 101)))
    await eventually(worker.dead_letters, until=lambda found: len(found) == 2)
    assert {letter["reason"] for letter in await worker.dead_letters()} == {"permanent"}


async def test_a_case_may_deliver_in_several_goes(worker: RunningService) -> None:
    case_id = new_id()
    await worker.publish(delivery(item("A-1"), case_id=case_id))
    await worker.publish(delivery(item("B-2"), case_id=case_id))
    await eventually(lambda: serials(worker), until=lambda found: found == ["A-1", "B-2"])
