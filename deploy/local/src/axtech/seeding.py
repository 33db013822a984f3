"""One account for each staff role and a small catalogue; safe to repeat."""

import json
import subprocess
import sys
from collections.abc import Callable
from typing import Any

from common.contracts.enums import Role

from axtech.demo.api import Api
from axtech.demo.people import Sessions
from axtech.stack.environment import Places, service_environment

_DEPARTMENTS = {
    Role.OPS: "OPS",
    Role.BILLING: "BILLING",
    Role.TECHNICIAN: "TECH",
    Role.COMPLIANCE_ADMIN: "COMPLIANCE",
}
_VALID_FROM = "2025-12-01"  # the day the present nomenclature came into force

CATALOGUE: tuple[dict[str, Any], ...] = (
    {
        "family": {"name": "FMP", "category": "MANUAL_WHEELCHAIR", "description": "Fauteuils manuels non modulaires"},
        "item": {"code": "4222803", "label": "Fauteuil roulant manuel pliant FMP", "maxPrice": "360.53"},
        "forfait": "260.00",
        "product": {
            "sku": "AX-FMP-100",
            "name": "Fauteuil manuel pliant AX 100",
            "size": "M",
            "maxUserWeight": 125,
            "specifications": {"type": "mixed", "foldable": True, "weightKg": 16.5, "features": ["repose-pieds"]},
        },
    },
    {
        "family": {
            "name": "FRE A",
            "category": "ELECTRIC_WHEELCHAIR",
            "description": "Fauteuils électriques, classe A",
        },
        "item": {"code": "4320187", "label": "Fauteuil roulant électrique FRE classe A", "maxPrice": "3161.21"},
        "forfait": "750.00",
        "product": {
            "sku": "AX-FRE-200",
            "name": "Fauteuil électrique AX 200",
            "size": "M",
            "maxUserWeight": 130,
            "specifications": {"type": "indoor", "foldable": False, "batteryAutonomyKm": 25, "weightKg": 68},
        },
    },
    {
        "family": {"name": "Coussins", "category": "ACCESSORY", "description": "Coussins d’aide à la prévention"},
        "item": {"code": "1276120", "label": "Coussin de série en mousse", "maxPrice": "75.00"},
        "forfait": None,
        "product": {"sku": "AX-CUS-010", "name": "Coussin mousse AX 10", "specifications": {"weightKg": 1.1}},
    },
)


def staff_accounts(places: Places) -> list[dict[str, str]]:
    """`{role, email, password, totpSecret}` of each seeded member of staff of this stack."""
    return [
        {
            "role": role.value,
            "email": f"{role.value.lower().replace('_', '-')}@axtech.example",
            "password": account.password,
            "totpSecret": account.totp_secret,
        }
        for role, account in places.secrets.staff.items()
    ]


def seed_staff(places: Places) -> list[dict[str, str]]:
    """Have identity create the accounts, or set them right; RuntimeError, with what it said, when it fails."""
    accounts = staff_accounts(places)
    wanted = [
        {
            **account,
            "employeeId": f"AX-{number:04d}",
            "department": _DEPARTMENTS[Role(account["role"])],
        }
        for number, account in enumerate(accounts, start=1)
    ]
    done = subprocess.run(
        [sys.executable, "-m", "identity", "seed-staff"],
        input=json.dumps(wanted),
        env=service_environment(places, "identity"),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise RuntimeError(f"identity did not seed the staff: {done.stderr.strip()[-2000:]}")
    ids = {made["email"]: made["userId"] for made in json.loads(done.stdout)}
    return [{**account, "userId": ids[account["email"]]} for account in accounts]


async def seed_catalogue(ops: Api) -> list[dict[str, Any]]:
    """Make the families, LPPR items and products that are missing; gives `{id, sku, lpprItemId}` of each product."""
    families = {family["name"]: family for family in await _all(ops, "/product-families")}
    products = {product["sku"]: product for product in await _all(ops, "/products")}
    seeded = []
    for entry in CATALOGUE:
        family = families.get(entry["family"]["name"]) or await ops.post("/product-families", entry["family"])
        item = await _lppr_item(ops, entry)
        product = products.get(entry["product"]["sku"]) or await ops.post(
            "/products", {**entry["product"], "familyId": family["id"]}
        )
        if item["id"] not in {mapped["lpprItemId"] for mapped in product["lpprItems"]}:
            mapping = {"items": [{"lpprItemId": item["id"], "isPrimary": True}]}
            await ops.put(f"/products/{product['id']}/lppr-items", mapping)
        seeded.append({"id": product["id"], "sku": product["sku"], "lpprItemId": item["id"], "name": product["name"]})
    return seeded


async def _lppr_item(ops: Api, entry: dict[str, Any]) -> dict[str, Any]:
    wanted = {
        **entry["item"],
        "category": "VEH",
        "validFrom": _VALID_FROM,
        "maintenanceForfait": entry["forfait"],
    }
    found: list[dict[str, Any]] = (await ops.get("/lppr-items", code=wanted["code"], on=_VALID_FROM))["items"]
    return found[0] if found else await ops.post("/lppr-items", wanted)


async def _all(api: Api, path: str) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = []
    cursor = None
    while True:
        page = await api.get(path, limit=200, cursor=cursor)
        items += page["items"]
        cursor = page["nextCursor"]
        if cursor is None:
            return items


async def seed(places: Places, on_wait: Callable[[str], None] = lambda _: None) -> dict[str, Any]:
    """Both; gives `{"staff": […], "products": […]}`."""
    staff = seed_staff(places)
    account = next(one for one in staff if one["role"] == Role.OPS)
    async with Api(places.url("gateway"), on_wait) as ops:
        await Sessions(places.home).sign_in(ops, account)
        return {"staff": staff, "products": await seed_catalogue(ops)}
