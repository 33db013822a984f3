"""What devices lets go of when a patient is forgotten, and what it keeps."""

from typing import Any
from uuid import UUID

import pytest_asyncio
from common.contracts.cases import CaseOpenedV1
from common.contracts.enums import Priority, Role
from common.contracts.identity import PatientErasedV1
from common.crypto.rotation import rotate
from common.ids import new_id
from common.testing import RunningService, eventually
from common.testing.keys import actor
from common.testing.plugin import RunService

WORDS = "la roue de mon fauteuil grince"


@pytest_asyncio.fixture
async def devices(run_worker: RunService, neighbours: Any) -> RunningService:
    """The whole service, in the place of its API alone."""
    url, _ = neighbours
    return await run_worker("devices", identity_url=url, documents_url=url)


async def test_a_case_stays_known_as_the_cases_service_keeps_it(devices: RunningService) -> None:
    patient_id = new_id()
    opened = CaseOpenedV1(
        case_id=new_id(),
        patient_id=patient_id,
        case_number="AX-2026-000001",
        prescription_id=new_id(),
        prescription_document_id=new_id(),
        prescriber_id=None,
        priority=Priority.NORMAL,
    )
    erased = PatientErasedV1(patient_id=patient_id, user_id=new_id())
    await devices.publish(opened)
    await devices.publish(erased)

    async def handled() -> set[str]:
        rows: list[Any] = await devices.resources.database.reads.fetch(
            "SELECT event_id FROM inbox WHERE consumer IN ('devices-cases', 'devices-erasures')"
        )
        return {str(row[0]) for row in rows}

    await eventually(handled, until=lambda found: len(found) == 2)
    rows: list[Any] = await devices.resources.database.reads.fetch("SELECT case_id FROM known_cases")
    assert [str(row[0]) for row in rows] == [str(opened.case_id)]


async def test_an_erased_patients_device_and_its_dangers_stay_traced_and_what_was_said_goes(
    devices: RunningService, deliver: Any, ticket: Any
) -> None:
    device, other = await deliver(), await deliver()
    plain = await ticket(None, device, description=WORDS)
    danger = await ticket(None, device, description=WORDS, isSafetyIssue=True)
    patient, officer = actor(Role.PATIENT, patient_id=UUID(device["patientId"])), actor(Role.COMPLIANCE_ADMIN)
    stranger = actor(Role.PATIENT, patient_id=UUID(other["patientId"]))
    said = {}
    for somebody in (patient, stranger):
        async with devices.client(somebody) as client:
            path = f"/chat/conversations/{(await client.post('/chat/conversations')).json()['id']}/messages"
            assert (await client.post(path, json={"text": WORDS})).status_code == 201
            said[somebody] = path
    path, asked = f"/patients/{patient.patient_id}/conversations", {"userId": str(patient.user_id)}
    async with devices.internal("identity") as identity, devices.internal("cases") as cases:
        [exported] = (await identity.get(path, params=asked)).json()["items"]
        assert [message["author"] for message in exported["messages"]] == ["USER", "ASSISTANT"]
        assert exported["messages"][0]["text"] == WORDS
        assert (await cases.get(path, params=asked)).status_code == 403
    async with devices.client(actor(Role.OPS)) as ops, devices.client(officer) as compliance:
        for one in (device, other):
            await ops.patch(f"/devices/{one['id']}", json={"currentLocation": {"city": "Lyon"}})
        await devices.publish_raw("IDENTITY", PatientErasedV1.subject(), b"{}")
        await devices.publish(PatientErasedV1(patient_id=new_id(), user_id=new_id()))
        await devices.publish(PatientErasedV1(patient_id=patient.patient_id, user_id=patient.user_id), times=2)

        async def place() -> Any:
            return (await ops.get(f"/devices/{device['id']}")).json()["currentLocation"]

        await eventually(place, until=lambda found: found is None)
        kept = (await ops.get(f"/devices/{device['id']}")).json()
        elsewhere = (await ops.get(f"/devices/{other['id']}")).json()
        tickets = [(await ops.get(f"/tickets/{one['id']}")).json()["description"] for one in (plain, danger)]
        theirs, others = [(await compliance.get(path)).json()["items"] for path in said.values()]
    assert kept["serialNumber"] == device["serialNumber"]
    assert elsewhere["currentLocation"] == {"city": "Lyon", "country": "FR"}
    assert tickets == ["Effacé", WORDS]
    assert [message["text"] for message in theirs] == [None, None]
    assert [message["author"] for message in theirs] == ["ASSISTANT", "USER"]
    assert theirs[0]["templateId"] is not None
    assert others[1]["text"] == WORDS
    await rotate(devices.resources.database, devices.resources.cipher, "chat_messages", "text")
    [letter] = await devices.dead_letters()
    assert (letter["consumer"], letter["reason"]) == ("devices-erasures", "invalid")
