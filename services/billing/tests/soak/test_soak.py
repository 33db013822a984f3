"""Many claims through a gateway that misbehaves a fifth of the time: all end, nothing is doubled, the ledger balances.

`AXTECH_SOAK_CLAIMS=500` makes it the whole soak; by itself it is small enough to run with every change.
"""

import asyncio
import os
from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest_asyncio
from billing.returns.jobs import return_file_ingestion
from billing.submission.jobs import claim_status_sync
from common.testing import eventually
from common.testing.plugin import RunService

from services.billing.tests.conftest import GATEWAY_SECONDS, KEY, Billing, Colleagues, Gateway

CLAIMS = int(os.environ.get("AXTECH_SOAK_CLAIMS", "24"))
KINDS = (
    "SERVER_ERROR",
    "RATE_LIMIT",
    "TIMEOUT",
    "TIMEOUT_AFTER_EFFECT",
    "MALFORMED",
    "EMPTY",
    "HTML",
    "SLOW",
    "DUPLICATE_ACCEPTANCE",
    "LATE_REJECTION",
)
SECONDS = {"SLOW": 0.1, "LATE_REJECTION": 0}
EACH = 0.2 / len(KINDS)
GATEWAYS = ("INFIMAX", "VEGA", "LGPI")
HALF, REST = "325.63", "325.64"


@pytest_asyncio.fixture
async def billing(
    impatient: None, run_worker: RunService, colleagues: Colleagues, gateway: Gateway, lgpi_folder: Path
) -> Any:
    """The service connected to all gateways but MANUAL; they are one simulator, which so can tell of doubles."""
    running = await run_worker(
        "billing",
        identity_url=colleagues.url,
        documents_url=colleagues.url,
        billing_gateway_url=gateway.url,
        billing_gateway_api_key=KEY,
        vega_gateway_url=gateway.url,
        vega_gateway_api_key=KEY,
        lgpi_exchange_folder=lgpi_folder,
        billing_gateway_timeout=GATEWAY_SECONDS,
    )
    made = Billing(running, colleagues)
    async with made.http:
        yield made


async def claims(billing: Billing) -> list[dict[str, Any]]:
    """All of them."""
    found: list[dict[str, Any]] = []
    cursor: dict[str, str] = {}
    while True:
        page = (await billing.http.get("/claims", params={"limit": 200, **cursor})).json()
        found += page["items"]
        if page["nextCursor"] is None:
            return found
        cursor = {"cursor": page["nextCursor"]}


async def work_through(billing: Billing, claim: dict[str, Any], index: int) -> None:
    """What billing staff would do about a claim that has got stuck."""
    if claim["submissionQueuedAt"] is not None or claim["status"] != "DRAFT":
        return
    if claim["outcomeUnknown"]:
        await billing.http.post(f"/claims/{claim['id']}/sync")
    else:
        body = {"gatewayType": GATEWAYS[index % len(GATEWAYS)]}
        await billing.http.post(f"/claims/{claim['id']}/submit", json=body)


async def decided(billing: Billing) -> bool:
    """Whether every claim is decided; if not, staff and schedule do their part."""
    found = await claims(billing)
    waiting = [claim for claim in found if claim["status"] not in {"ACCEPTED", "REJECTED"}]
    for claim in waiting:
        await work_through(billing, claim, int(claim["invoiceNumber"]))
    await claim_status_sync(billing.running.resources)
    await asyncio.sleep(0.2)
    return not waiting


async def settled(billing: Billing, paid: str, accepted: set[str]) -> bool:
    """Whether each of the `accepted` has been paid so much; the schedule fetches what has come."""
    await return_file_ingestion(billing.running.resources)
    await asyncio.sleep(0.1)
    return all(claim["paidAmount"] == paid for claim in await claims(billing) if claim["id"] in accepted)


async def test_every_claim_ends_and_every_euro_is_explained(billing: Billing, gateway: Gateway) -> None:
    await gateway.client.put("/control/settings", json={"acceptAfterSeconds": 0})
    for number in range(CLAIMS):
        await billing.running.publish(billing.quote(quote_number=f"DV-2026-{number:06d}"))
    await eventually(lambda: claims(billing), until=lambda found: len(found) == CLAIMS, seconds=60)
    for seed, kind in enumerate(KINDS):
        await gateway.fault(kind, probability=EACH, seed=seed, seconds=SECONDS.get(kind))

    await eventually(lambda: decided(billing), seconds=60 + CLAIMS)
    found = await claims(billing)
    accepted = {claim["id"] for claim in found if claim["status"] == "ACCEPTED"}
    assert accepted
    references = [f"{claim['claimNumber']}-{claim['attempt']}" for claim in found if claim["id"] in accepted]
    for amount, paid in ((HALF, HALF), (REST, "651.27"), ("-1.00", "650.27"), ("1.00", "651.27")):
        await gateway.publish_return(*({"reference": each, "amount": amount} for each in references))
        await eventually(lambda paid=paid: settled(billing, paid, accepted), seconds=60 + CLAIMS)  # type: ignore[misc]

    struck = sum(rule["struck"] for rule in (await gateway.received())["faults"])
    assert struck > CLAIMS / 4
    await gateway.heal()
    final = await claims(billing)
    expected = {"PAID": len(accepted), "REJECTED": CLAIMS - len(accepted)}
    assert Counter(claim["status"] for claim in final) == Counter(expected)
    received = await gateway.received()
    assert received["doubledReferences"] == received["doubledInvoices"] == []
    assert len(received["claims"]) == CLAIMS
    report = (await billing.http.post("/claims/reconciliation")).json()
    assert report["differences"] == []
    assert Decimal(report["totals"]["overall"]["paid"]) == sum(Decimal(each["amount"]) for each in received["payments"])
    assert {each["gatewayType"] for each in report["totals"]["byGateway"]} == set(GATEWAYS)
