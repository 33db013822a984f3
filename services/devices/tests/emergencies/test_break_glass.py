"""Break-glass: reads of one patient's records, for as long as the grant says, every one audited."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest_asyncio
from common.clock import now
from common.contracts.enums import Role
from common.contracts.identity import BreakGlassGrantedV1
from common.ids import new_id
from common.testing import RunningService, eventually
from common.testing.keys import actor
from common.testing.plugin import RunService


@pytest_asyncio.fixture
async def devices(run_worker: RunService, neighbours: Any) -> RunningService:
    """The whole service, in the place of its API alone."""
    url, _ = neighbours
    return await run_worker("devices", identity_url=url, documents_url=url)


async def test_a_grant_opens_reads_of_one_patient_and_nothing_else(
    devices: RunningService, deliver: Any, ticket: Any
) -> None:
    device, other = await deliver(), await deliver()
    made = await ticket(None, device)
    billing, technician, late = actor(Role.BILLING), actor(Role.TECHNICIAN), actor(Role.TECHNICIAN)
    for somebody, minutes in ((billing, 60), (technician, 60), (late, -1)):
        grant = BreakGlassGrantedV1(
            grant_id=new_id(),
            patient_id=UUID(device["patientId"]),
            user_id=somebody.user_id,
            expires_at=now() + timedelta(minutes=minutes),
        )
        await devices.publish(grant, times=2)
    paths = [
        f"/devices/{device['id']}",
        f"/devices/{device['id']}/maintenance-contract",
        f"/tickets/{made['id']}",
        f"/tickets/{made['id']}/history",
        f"/tickets/{made['id']}/visits",
    ]
    for somebody in (billing, technician):
        async with devices.client(somebody) as http:

            async def read(client: Any = http) -> int:
                return int((await client.get(paths[0])).status_code)

            await eventually(read, until=lambda status: status == 200)
            assert [(await http.get(path)).status_code for path in paths] == [200] * len(paths)
            assert len((await http.get("/devices")).json()["items"]) == 1
            assert len((await http.get("/tickets")).json()["items"]) == 1
            assert (await http.get(f"/devices/{other['id']}")).status_code == 404
            moved = await http.post(f"/tickets/{made['id']}/transitions", json={"to": "CLOSED"})
            placed = await http.patch(f"/devices/{device['id']}", json={"currentLocation": {"city": "Lyon"}})
        assert {moved.status_code, placed.status_code} == {403 if somebody is billing else 404}
    async with devices.client(late) as http:
        assert [(await http.get(path)).status_code for path in paths] == [404] * len(paths)
    entries = [event.data for event in await devices.recorded("audit.recorded")]
    reads = {entry["action"] for entry in entries if entry["actorId"] == str(billing.user_id)}
    assert {"device.read", "ticket.read", "maintenance-contract.read"} <= reads
