"""Attempts that were refused go on record too."""

from typing import Any

from common.contracts.enums import Role
from common.ids import new_id
from common.testing import RunningService
from common.testing.keys import actor
from identity.testing import People


async def _last(identity: RunningService) -> dict[str, Any]:
    return dict((await identity.recorded("audit.recorded"))[-1].data)


async def test_a_forbidden_call_tells_who_tried_what_on_what(identity: RunningService, people: People) -> None:
    patient = await people.patient()
    billing = actor(Role.BILLING)
    async with identity.client(billing) as client:
        assert (await client.patch(f"/patients/{patient.profile_id}", json={"nir": None})).status_code == 403
        entry = await _last(identity)
        assert (entry["action"], entry["actorId"]) == ("access.denied", str(billing.user_id))
        assert entry["objectId"] == str(patient.profile_id)
        assert entry["changes"]["endpoint"]["after"] == "PATCH /api/v1/patients/{patient_id}"
        assert (await client.get("/audit-events")).status_code == 403
        assert (await _last(identity))["objectId"] == str(billing.user_id)


async def test_looking_for_a_patient_out_of_scope_is_on_record_and_tells_nothing(
    identity: RunningService, people: People
) -> None:
    patient = await people.patient()
    technician = actor(Role.TECHNICIAN)
    async with identity.client(technician) as client:
        hidden = await client.get(f"/patients/{patient.profile_id}")
        entry = await _last(identity)
        before = len(await identity.recorded())
        unknown = await client.get(f"/patients/{new_id()}")
    assert (entry["action"], entry["objectId"]) == ("patient.access-denied", str(patient.profile_id))
    assert entry["actorId"] == str(technician.user_id)
    assert len(await identity.recorded()) == before
    assert hidden.status_code == unknown.status_code == 404
    hidden_error, unknown_error = hidden.json()["error"], unknown.json()["error"]
    assert (hidden_error["code"], hidden_error["message"]) == (unknown_error["code"], unknown_error["message"])
