"""`/product-families`."""

from typing import Any

import pytest
from common.contracts.enums import Role
from common.testing import RunningService
from common.testing.keys import actor

MANUAL = {"name": "FMP", "category": "MANUAL_WHEELCHAIR"}


async def test_ops_adds_a_family_and_anyone_signed_in_reads_it(cases: RunningService) -> None:
    async with cases.client(actor(Role.OPS)) as ops, cases.client(actor(Role.PATIENT)) as patient:
        made = await ops.post("/product-families", json=MANUAL)
        assert made.status_code == 201, made.text
        read = await patient.get(f"/product-families/{made.json()['id']}")
    assert read.json() == made.json()
    assert read.headers["etag"] == '"1"'
    [entry] = await cases.recorded("audit.recorded")
    assert entry.data["action"] == "product-family.create"


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.OPS])
async def test_only_ops_adds_a_family(cases: RunningService, role: Role) -> None:
    async with cases.client(actor(role)) as somebody:
        refused = await somebody.post("/product-families", json=MANUAL)
    assert refused.status_code == 403
    assert refused.json()["error"]["code"] == "AUTHZ_FORBIDDEN"
    assert [entry.data.get("action") for entry in await cases.recorded()] == ["access.denied"]


async def test_without_a_token_nothing_is_served(cases: RunningService) -> None:
    refused = await cases.http.get("/api/v1/product-families")
    assert refused.status_code == 401
    assert refused.headers["www-authenticate"] == "Bearer"
    assert refused.json()["error"]["code"] == "AUTH_REQUIRED"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({**MANUAL, "category": "SPACESHIP"}, "category"),
        ({"category": "ACCESSORY"}, "name"),
        ({**MANUAL, "colour": "red"}, "colour"),
        ({**MANUAL, "name": ""}, "name"),
    ],
)
async def test_a_bad_family_is_refused_naming_the_field(
    cases: RunningService, body: dict[str, Any], field: str
) -> None:
    async with cases.client(actor(Role.OPS)) as ops:
        refused = await ops.post("/product-families", json=body)
    assert refused.status_code == 400
    error = refused.json()["error"]
    assert error["code"] == "VAL_INVALID"
    assert [detail["field"] for detail in error["details"]] == [field]
    assert error["requestId"] == refused.headers["x-request-id"]


async def test_a_taken_name_is_a_conflict(cases: RunningService) -> None:
    async with cases.client(actor(Role.OPS)) as ops:
        await ops.post("/product-families", json=MANUAL)
        again = await ops.post("/product-families", json=MANUAL)
    assert again.status_code == 409
    assert again.json()["error"]["code"] == "BIZ_FAMILY_NAME_TAKEN"


async def test_a_stale_change_is_refused(cases: RunningService) -> None:
    async with cases.client(actor(Role.OPS)) as ops:
        made = (await ops.post("/product-families", json=MANUAL)).json()
        path = f"/product-families/{made['id']}"
        changed = await ops.patch(path, json={"isActive": False}, headers={"If-Match": '"1"'})
        stale = await ops.patch(path, json={"isActive": True}, headers={"If-Match": '"1"'})
    assert (changed.status_code, changed.json()["isActive"], changed.headers["etag"]) == (200, False, '"2"')
    assert stale.status_code == 412


async def test_pages_follow_one_another_and_are_stable_under_inserts(cases: RunningService) -> None:
    async with cases.client(actor(Role.OPS)) as ops:
        for number in range(5):
            await ops.post("/product-families", json={**MANUAL, "name": f"family {number}"})
        first = (await ops.get("/product-families", params={"limit": 2})).json()
        await ops.post("/product-families", json={**MANUAL, "name": "newcomer"})
        second = (await ops.get("/product-families", params={"limit": 2, "cursor": first["nextCursor"]})).json()
        third = (await ops.get("/product-families", params={"limit": 2, "cursor": second["nextCursor"]})).json()
    names = [item["name"] for page in (first, second, third) for item in page["items"]]
    assert names == ["family 4", "family 3", "family 2", "family 1", "family 0"]
    assert third["nextCursor"] is None


@pytest.mark.parametrize("query", [{"limit": 0}, {"limit": 201}, {"limit": "x"}, {"cursor": "nonsense"}])
async def test_a_bad_page_is_refused(cases: RunningService, query: dict[str, Any]) -> None:
    async with cases.client(actor(Role.OPS)) as ops:
        refused = await ops.get("/product-families", params=query)
    assert refused.status_code == 400
    assert refused.json()["error"]["code"].startswith("VAL_")
