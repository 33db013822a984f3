"""`/prescribers`."""

from typing import Any

import pytest
from common.contracts.enums import Role
from common.testing import RunningService
from common.testing.keys import actor
from identity.testing import People


@pytest.mark.parametrize("role", list(Role))
async def test_anyone_signed_in_finds_a_prescriber(identity: RunningService, people: People, role: Role) -> None:
    prescriber = await people.prescriber(practiceName="Cabinet de la Part-Dieu")
    async with identity.client(actor(role)) as client:
        one = await client.get(f"/prescribers/{prescriber.profile_id}")
        for q in ("lefevre", "anne lefevr", "part dieu", "10003456786"):
            found = (await client.get("/prescribers", params={"q": q})).json()
            assert found == {"items": [one.json()], "nextCursor": None}
        assert (await client.get("/prescribers", params={"q": "zzzzzz"})).json()["items"] == []
        assert (await client.get("/prescribers")).json()["items"] == [one.json()]


@pytest.mark.parametrize("role", list(Role))
async def test_only_themselves_and_ops_change_a_prescriber(
    identity: RunningService, people: People, role: Role
) -> None:
    prescriber = await people.prescriber()
    async with identity.client(actor(role)) as client:
        answer = await client.patch(f"/prescribers/{prescriber.profile_id}", json={"specialty": "MPR"})
    assert answer.status_code == (200 if role is Role.OPS else 403)
    async with await people.client(prescriber) as client:
        read = await client.get(f"/prescribers/{prescriber.profile_id}")
        own = await client.patch(
            f"/prescribers/{prescriber.profile_id}",
            json={"practiceName": "Clinique", "adeliNumber": "012345678", "rppsNumber": None},
            headers={"If-Match": read.headers["etag"]},
        )
    assert own.status_code == 200
    assert (own.json()["practiceName"], own.json()["rppsNumber"]) == ("Clinique", None)
    assert own.headers["etag"] != read.headers["etag"]
    entry = (await identity.recorded("audit.recorded"))[-1].data
    assert entry["changes"]["practiceName"] == {"before": None, "after": "Clinique"}


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"rppsNumber": "10003456780"}, "rppsNumber"),
        ({"rppsNumber": "1000345678"}, "rppsNumber"),
        ({"adeliNumber": "12345678A"}, "adeliNumber"),
        ({"lastName": None}, "lastName"),
        ({"practiceAddress": {"line1": "x"}}, "practiceAddress.postalCode"),
    ],
)
async def test_a_bad_change_is_refused_naming_the_field(
    identity: RunningService, people: People, body: dict[str, Any], field: str
) -> None:
    prescriber = await people.prescriber()
    async with identity.client(actor(Role.OPS)) as ops:
        refused = await ops.patch(f"/prescribers/{prescriber.profile_id}", json=body)
    assert refused.status_code == 400
    assert refused.json()["error"]["details"][0]["field"] == field
