"""Break-glass: an hour's reading of one patient's records, with a reason, on the record."""

from datetime import timedelta

import pytest
from common.clock import now, travel
from common.contracts.enums import STAFF, Role
from common.ids import new_id
from common.testing import RunningService
from common.testing.keys import actor
from identity.testing import People

WHY = "Panne en pleine rue, la personne est immobilisée"


async def test_a_technician_reads_one_patient_for_an_hour_and_each_read_is_on_record(
    identity: RunningService, people: People
) -> None:
    patient, other = await people.patient(), await people.patient()
    technician = await people.staff(Role.TECHNICIAN)
    async with await people.client(technician) as client:
        assert (await client.get(f"/patients/{patient.profile_id}")).status_code == 404
        granted = await client.post("/break-glass", json={"patientId": str(patient.profile_id), "justification": WHY})
        assert granted.status_code == 201, granted.text
        assert (await client.get(f"/patients/{patient.profile_id}")).status_code == 200
        assert (await client.get(f"/patients/{other.profile_id}")).status_code == 404
        assert (await client.patch(f"/patients/{patient.profile_id}", json={"nir": None})).status_code == 403
        with travel(now() + timedelta(minutes=60)):
            assert (await client.get(f"/patients/{patient.profile_id}")).status_code == 404
    grant_id = granted.json()["grantId"]
    entries = [entry.data for entry in await identity.recorded("audit.recorded")]
    [on_grant] = [entry for entry in entries if entry["action"] == "break-glass.grant"]
    [on_read] = [entry for entry in entries if entry["action"] == "patient.read"]
    assert on_grant["actorId"] == on_read["actorId"] == str(technician.user_id)
    assert on_read["changes"] == {"breakGlass": {"before": None, "after": grant_id}}
    [event] = await identity.recorded("break-glass.granted")
    assert event.data["patientId"] == str(patient.profile_id)
    assert "Panne" not in event.model_dump_json() + str(entries)


async def test_a_grant_is_its_members_alone(identity: RunningService, people: People) -> None:
    patient = await people.patient()
    technician = await people.staff(Role.TECHNICIAN)
    async with await people.client(technician) as client:
        await client.post("/break-glass", json={"patientId": str(patient.profile_id), "justification": WHY})
    async with identity.client(actor(Role.TECHNICIAN)) as colleague:
        assert (await colleague.get(f"/patients/{patient.profile_id}")).status_code == 404


@pytest.mark.parametrize("role", list(Role))
async def test_staff_alone_break_the_glass(people: People, role: Role) -> None:
    patient, somebody = await people.patient(), await people.of(role)
    async with await people.client(somebody) as client:
        answer = await client.post("/break-glass", json={"patientId": str(patient.profile_id), "justification": WHY})
    assert answer.status_code == (201 if role in STAFF else 403)


async def test_a_reason_is_demanded_and_a_known_patient(identity: RunningService, people: People) -> None:
    patient = await people.patient()
    async with identity.client(actor(Role.OPS)) as ops:
        for why in ("too short", " " * 30, "x" * 2001, "\u0007" * 25):
            refused = await ops.post("/break-glass", json={"patientId": str(patient.profile_id), "justification": why})
            assert refused.status_code == 400
            assert refused.json()["error"]["details"][0]["field"] == "justification"
        unknown = await ops.post("/break-glass", json={"patientId": str(new_id()), "justification": WHY})
    assert unknown.status_code == 404
    assert await identity.recorded("break-glass.granted") == []
