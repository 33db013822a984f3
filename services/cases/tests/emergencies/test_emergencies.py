"""Break-glass: reads of one patient's records, for as long as the grant says, every one audited."""

from datetime import timedelta
from typing import Any

from common.clock import now
from common.contracts.enums import Role
from common.contracts.identity import BreakGlassGrantedV1
from common.ids import new_id
from common.testing import eventually
from common.testing.keys import actor


async def test_a_grant_opens_reads_of_one_patient_and_nothing_else(working_desk: Any) -> None:
    desk = working_desk
    technician, late = actor(Role.TECHNICIAN), actor(Role.TECHNICIAN)
    case, other = await desk.case(), await desk.case(patient_id=new_id())
    for somebody, minutes in ((technician, 60), (late, -1)):
        grant = BreakGlassGrantedV1(
            grant_id=new_id(),
            patient_id=desk.patient_id,
            user_id=somebody.user_id,
            expires_at=now() + timedelta(minutes=minutes),
        )
        await desk.running.publish(grant, times=2)
    async with desk.client(technician) as client, desk.client(late) as expired:

        async def read() -> int:
            return int((await client.get(f"/cases/{case['id']}")).status_code)

        await eventually(read, until=lambda status: status == 200)
        assert (await client.get(f"/prescriptions/{case['prescriptionId']}")).status_code == 200
        assert (await client.get(f"/cases/{case['id']}/timeline")).status_code == 200
        assert (await client.get(f"/cases/{other['id']}")).status_code == 404
        assert (await client.get(f"/prescriptions/{other['prescriptionId']}")).status_code == 403
        when = {"scheduledAt": (now() + timedelta(days=1)).isoformat()}
        assert (await client.post(f"/cases/{case['id']}/delivery/schedule", json=when)).status_code == 404
        assert (await client.post(f"/cases/{case['id']}/notes", json={"content": "x"})).status_code == 403
        assert (await expired.get(f"/cases/{case['id']}")).status_code == 404
    entries = [event.data for event in await desk.running.recorded("audit.recorded")]
    told = [entry["action"] for entry in entries if entry["actorId"] == str(technician.user_id)]
    assert told == ["case.read", "prescription.read", "case.timeline", "access.denied", "access.denied"]
