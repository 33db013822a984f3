"""The daily report: what was claimed held against what was paid, with its CSV."""

import csv
import io

import pytest
from billing.reconciliation import repository
from billing.reconciliation.jobs import daily_reconciliation
from common.clock import today
from common.contracts.enums import Role
from common.testing import eventually
from common.testing.keys import actor

from services.billing.tests.conftest import Billing, Gateway
from services.billing.tests.returns.files import TOTAL, file_of, invoice


async def test_the_report_follows_every_euro_and_lists_what_disagrees(
    billing: Billing, gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(repository, "_PAGE", 2)
    paid, partly, waiting, overpaid = [await billing.submitted() for _ in range(4)]
    draft = await billing.draft()
    await billing.returned(
        file_of(
            invoice(paid["invoiceNumber"]),
            invoice(partly["invoiceNumber"], "600.00"),
            invoice(overpaid["invoiceNumber"], "700.00"),
        )
    )
    await gateway.make_return({"gatewayRef": partly["gatewayRef"], "amount": "651.27"})
    await billing.http.post(f"/claims/{partly['id']}/sync")
    await eventually(lambda: billing.claim(partly["id"]), until=lambda found: found["gatewayPaidAmount"] == TOTAL)
    assert (await billing.http.get("/claims/reconciliation")).status_code == 404
    await daily_reconciliation(billing.running.resources)
    report = (await billing.http.get("/claims/reconciliation")).json()
    assert report["day"] == today().isoformat()
    assert report["totals"]["overall"] == {
        "claims": 4,
        "claimed": "2605.08",
        "accepted": "1953.81",
        "paid": "1951.27",
        "writtenOff": "0.00",
        "outstanding": "702.54",
    }
    assert report["totals"]["byAge"][0]["outstanding"] == "702.54"
    assert {each["claimId"]: each["kinds"] for each in report["differences"]} == {
        partly["id"]: ["GATEWAY"],
        overpaid["id"]: ["OVERPAID"],
    }
    export = await billing.http.get("/claims/reconciliation/csv", params={"day": report["day"]})
    assert export.headers["content-type"].startswith("text/csv")
    rows = {row["claimNumber"]: row for row in csv.DictReader(io.StringIO(export.text))}
    assert rows.keys() == {each["claimNumber"] for each in (paid, partly, waiting, overpaid)}
    assert draft["claimNumber"] not in rows
    assert (rows[paid["claimNumber"]]["paid"], rows[waiting["claimNumber"]]["outstanding"]) == (TOTAL, TOTAL)
    assert rows[partly["claimNumber"]]["differences"] == "GATEWAY"


async def test_the_report_is_made_again_on_demand_by_billing_alone(billing: Billing) -> None:
    first = await billing.http.post("/claims/reconciliation")
    assert (first.status_code, first.json()["totals"]["overall"]["claims"]) == (201, 0)
    await billing.submitted()
    again = await billing.http.post("/claims/reconciliation")
    assert again.json()["totals"]["overall"]["claims"] == 1
    async with billing.running.client(actor(Role.OPS)) as ops, billing.running.client(actor(Role.PATIENT)) as patient:
        assert (await ops.post("/claims/reconciliation")).status_code == 403
        assert (await ops.get("/claims/reconciliation")).json() == again.json()
        assert (await ops.get("/claims/reconciliation/csv", params={"day": "2020-01-01"})).status_code == 404
        assert (await patient.get("/claims/reconciliation")).status_code == 403
        assert (await patient.get("/claims/reconciliation/csv")).status_code == 403
