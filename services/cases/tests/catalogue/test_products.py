"""`/products` and `/lppr-items`."""

import asyncio
from typing import Any

import httpx
import pytest
from common.contracts.enums import Role
from common.ids import new_id
from common.testing import RunningService
from common.testing.keys import actor

ITEM = {
    "code": "4222803",
    "label": "Fauteuil roulant manuel",
    "category": "VEH",
    "maxPrice": "360.53",
    "validFrom": "2025-12-01",
}
STAFF_BUT_OPS = [role for role in Role if role is not Role.OPS]


async def family(ops: httpx.AsyncClient, category: str = "MANUAL_WHEELCHAIR") -> str:
    made = await ops.post("/product-families", json={"name": str(new_id()), "category": category})
    return str(made.json()["id"])


async def product(ops: httpx.AsyncClient, **changes: Any) -> httpx.Response:
    body = {"familyId": await family(ops), "sku": f"SKU-{new_id()}", "name": "Fauteuil", **changes}
    return await ops.post("/products", json=body)


async def test_a_product_keeps_its_specifications_and_is_read_by_anyone_signed_in(cases: RunningService) -> None:
    specifications = {"type": "indoor", "foldable": True, "weightKg": 14.5, "features": ["repose-pieds"], "couleur": 1}
    async with cases.client(actor(Role.OPS)) as ops, cases.client(actor(Role.PATIENT)) as patient:
        made = await product(ops, size="M", specifications=specifications, maxUserWeight=120)
        assert made.status_code == 201, made.text
        read = await patient.get(f"/products/{made.json()['id']}")
        listed = await patient.get("/products", params={"familyId": made.json()["familyId"]})
        others = await patient.get("/products", params={"familyId": str(new_id())})
    assert read.json() == made.json()
    assert read.json()["specifications"] == specifications
    assert [item["id"] for item in listed.json()["items"]] == [made.json()["id"]]
    assert others.json()["items"] == []


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"familyId": str(new_id())}, 422, "BIZ_FAMILY_UNKNOWN"),
        ({"size": "XXL"}, 400, "VAL_INVALID"),
        ({"maxUserWeight": 0}, 400, "VAL_INVALID"),
        ({"specifications": {"type": "flying"}}, 400, "VAL_INVALID"),
        ({"sku": ""}, 400, "VAL_INVALID"),
        ({"sku": None}, 400, "VAL_INVALID"),
    ],
)
async def test_a_bad_product_is_refused(cases: RunningService, changes: dict[str, Any], status: int, code: str) -> None:
    async with cases.client(actor(Role.OPS)) as ops:
        refused = await product(ops, **changes)
    assert (refused.status_code, refused.json()["error"]["code"]) == (status, code)


async def test_of_two_products_with_one_sku_made_at_once_one_is_refused(cases: RunningService) -> None:
    async with cases.client(actor(Role.OPS)) as ops:
        answers = await asyncio.gather(product(ops, sku="FMP-1"), product(ops, sku="FMP-1"))
    assert sorted(answer.status_code for answer in answers) == [201, 409]
    [refused] = [answer for answer in answers if answer.status_code == 409]
    assert refused.json()["error"]["code"] == "BIZ_SKU_TAKEN"


async def test_a_product_is_changed_field_by_field(cases: RunningService) -> None:
    async with cases.client(actor(Role.OPS)) as ops:
        made = (await product(ops, size="M", maxUserWeight=120)).json()
        path = f"/products/{made['id']}"
        changed = await ops.patch(path, json={"size": None, "isActive": False, "specifications": {"foldable": False}})
        nameless = await ops.patch(path, json={"name": None})
        stale = await ops.patch(path, json={"name": "x"}, headers={"If-Match": '"1"'})
    body = changed.json()
    assert (body["size"], body["isActive"], body["maxUserWeight"]) == (None, False, 120)
    assert body["specifications"] == {"foldable": False}
    assert changed.headers["etag"] == '"2"'
    assert nameless.status_code == 400
    assert nameless.json()["error"]["details"][0]["field"] == "name"
    assert stale.status_code == 412


async def test_the_lppr_items_of_a_product_are_replaced_as_a_whole(cases: RunningService) -> None:
    async with cases.client(actor(Role.OPS)) as ops:
        made = (await product(ops)).json()
        first = (await ops.post("/lppr-items", json=ITEM)).json()
        second = (await ops.post("/lppr-items", json={**ITEM, "code": "4222804"})).json()
        path = f"/products/{made['id']}/lppr-items"
        both = [{"lpprItemId": first["id"], "isPrimary": True}, {"lpprItemId": second["id"]}]
        mapped = await ops.put(path, json={"items": both})
        swapped = await ops.put(path, json={"items": [{"lpprItemId": second["id"], "isPrimary": True}]})
        read = await ops.get(f"/products/{made['id']}")
    assert [item["code"] for item in mapped.json()["lpprItems"]] == ["4222803", "4222804"]
    assert [item["isPrimary"] for item in mapped.json()["lpprItems"]] == [True, False]
    assert swapped.json()["lpprItems"] == [{"lpprItemId": second["id"], "code": "4222804", "isPrimary": True}]
    assert (mapped.headers["etag"], swapped.headers["etag"]) == ('"2"', '"3"')
    assert read.json() == swapped.json()


async def test_two_primary_or_unknown_lppr_items_are_refused(cases: RunningService) -> None:
    async with cases.client(actor(Role.OPS)) as ops:
        path = f"/products/{(await product(ops)).json()['id']}/lppr-items"
        two = [{"lpprItemId": str(new_id()), "isPrimary": True}, {"lpprItemId": str(new_id()), "isPrimary": True}]
        ambiguous = await ops.put(path, json={"items": two})
        unknown = await ops.put(path, json={"items": two[:1]})
        nowhere = await ops.put(f"/products/{new_id()}/lppr-items", json={"items": []})
    assert ambiguous.status_code == 400
    assert (unknown.status_code, unknown.json()["error"]["details"][0]["field"]) == (422, "items[0].lpprItemId")
    assert nowhere.status_code == 404


@pytest.mark.parametrize(
    ("first", "second", "status"),
    [
        (("2025-01-01", None), ("2026-01-01", None), 409),
        (("2025-01-01", "2025-12-31"), ("2025-12-31", None), 409),
        (("2025-01-01", "2025-12-31"), ("2026-01-01", None), 201),
        (("2026-01-01", None), ("2025-01-01", "2025-12-31"), 201),
        (("2026-01-01", None), ("2025-01-01", "2026-01-01"), 409),
    ],
)
async def test_the_validities_of_a_code_never_overlap(
    cases: RunningService, first: tuple[str, str | None], second: tuple[str, str | None], status: int
) -> None:
    async with cases.client(actor(Role.BILLING)) as billing:
        await billing.post("/lppr-items", json={**ITEM, "validFrom": first[0], "validUntil": first[1]})
        other_code = await billing.post("/lppr-items", json={**ITEM, "code": "4222804"})
        again = await billing.post("/lppr-items", json={**ITEM, "validFrom": second[0], "validUntil": second[1]})
    assert other_code.status_code == 201
    assert again.status_code == status
    if status == 409:
        assert again.json()["error"]["code"] == "BIZ_LPPR_VALIDITY_OVERLAPS"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"code": "12345"}, "code"),
        ({"maxPrice": "-1.00"}, "maxPrice"),
        ({"maxPrice": "NaN"}, "maxPrice"),
        ({"maxPrice": "1.005"}, "maxPrice"),
        ({"maxPrice": 360.53}, "maxPrice"),
        ({"validUntil": "2025-01-01"}, "$"),
        ({"validFrom": "yesterday"}, "validFrom"),
    ],
)
async def test_a_bad_lppr_item_is_refused_naming_the_field(
    cases: RunningService, changes: dict[str, Any], field: str
) -> None:
    async with cases.client(actor(Role.OPS)) as ops:
        refused = await ops.post("/lppr-items", json={**ITEM, **changes})
    assert refused.status_code == 400
    assert [detail["field"] for detail in refused.json()["error"]["details"]] == [field]


async def test_lppr_items_are_found_by_code_category_and_day(cases: RunningService) -> None:
    async with cases.client(actor(Role.OPS)) as ops:
        old = {**ITEM, "validFrom": "2024-01-01", "validUntil": "2025-11-30", "maxPrice": "300.00"}
        await ops.post("/lppr-items", json=old)
        await ops.post("/lppr-items", json=ITEM)
        await ops.post("/lppr-items", json={**ITEM, "code": "4222804", "category": "POU"})

        async def prices(**query: str) -> list[str]:
            found = await ops.get("/lppr-items", params=query)
            return [item["maxPrice"] for item in found.json()["items"]]

        assert await prices(code="4222803") == ["360.53", "300.00"]
        assert await prices(code="4222803", on="2025-11-30") == ["300.00"]
        assert await prices(code="4222803", on="2025-12-01") == ["360.53"]
        assert await prices(on="2023-12-31") == []
        assert await prices(category="POU") == ["360.53"]


@pytest.mark.parametrize("role", STAFF_BUT_OPS)
async def test_only_ops_changes_the_catalogue_and_billing_its_lppr_items(cases: RunningService, role: Role) -> None:
    async with cases.client(actor(Role.OPS)) as ops:
        made = (await product(ops)).json()
    async with cases.client(actor(role)) as somebody:
        added = await somebody.post("/products", json={"familyId": made["familyId"], "sku": "x", "name": "x"})
        changed = await somebody.patch(f"/products/{made['id']}", json={"isActive": False})
        mapped = await somebody.put(f"/products/{made['id']}/lppr-items", json={"items": []})
        item = await somebody.post("/lppr-items", json=ITEM)
    assert [answer.status_code for answer in (added, changed, mapped)] == [403, 403, 403]
    assert item.status_code == (201 if role is Role.BILLING else 403)
