"""Without consent to the use of health data the assistant takes nothing down; what is dangerous is still told."""

from typing import Any
from uuid import UUID

import pytest_asyncio
from common.contracts.enums import ConsentType, Role
from common.contracts.identity import ConsentGivenV1, ConsentWithdrawnV1
from common.ids import new_id
from common.testing import RunningService, eventually
from common.testing.keys import actor
from common.testing.plugin import RunService


@pytest_asyncio.fixture
async def devices(run_worker: RunService, neighbours: Any) -> RunningService:
    """The whole service, in the place of its API alone."""
    url, _ = neighbours
    return await run_worker("devices", identity_url=url, documents_url=url)


async def test_a_withdrawn_consent_ends_talk_with_the_assistant_and_no_help(
    devices: RunningService, deliver: Any
) -> None:
    device = await deliver()
    patient = actor(Role.PATIENT, patient_id=UUID(device["patientId"]))
    about = {"consent_id": new_id(), "patient_id": patient.patient_id, "consent_type": ConsentType.HEALTH_DATA}
    async with devices.client(patient) as client:
        path = f"/chat/conversations/{(await client.post('/chat/conversations')).json()['id']}/messages"

        async def say() -> Any:
            answer = await client.post(path, json={"text": "bonjour"})
            return answer.json()["error"]["code"] if answer.status_code == 422 else answer.status_code

        assert await say() == 201
        await devices.publish_raw("IDENTITY", ConsentWithdrawnV1.subject(), b"{}")
        await devices.publish(ConsentWithdrawnV1(**about), times=2)
        await devices.publish(ConsentGivenV1(**about, consent_version="1.0.0"))
        assert await eventually(say, until=lambda found: found != 201) == "BIZ_HEALTH_DATA_CONSENT_WITHDRAWN"
        assert (await client.post("/chat/conversations")).status_code == 422
        assert (await client.get(path)).status_code == 200
        danger = {
            "deviceId": device["id"],
            "category": "WHEELS",
            "severity": "CRITICAL",
            "isSafetyIssue": True,
            "description": "une roue s'est détachée",
        }
        assert (await client.post("/tickets", json=danger)).status_code == 201
        await devices.publish(ConsentGivenV1(**{**about, "consent_id": new_id()}, consent_version="1.1.0"))
        await eventually(say, until=lambda found: found == 201)
    [letter] = await devices.dead_letters()
    assert (letter["consumer"], letter["reason"]) == ("devices-consents", "invalid")
