"""The daily report: what was claimed held against what was paid, with its CSV."""

import csv
import io
from uuid import UUID

import pytest
from billing.claims import repository as claims
from billing.reconciliation import repository
from billing.reconciliation.jobs import daily_reconciliation
from billing.submission.service import reported
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


async def test_what_the_gateway_said_before_a_payment_is_not_held_against_it(
    billing: Billing, gateway: Gateway
) -> None:
    claim = await billing.submitted()
    await gateway.decide(claim["gatewayRef"], "ACCEPTED")
    await billing.synced(claim["id"], "ACCEPTED")
    await gateway.make_return({"gatewayRef": claim["gatewayRef"], "amount": "300.00"})
    await billing.http.post(f"/claims/{claim['id']}/sync")
    await eventually(lambda: billing.claim(claim["id"]), until=lambda found: found["gatewayPaidAmount"] == "300.00")
    report = (await billing.http.post("/claims/reconciliation")).json()
    assert [each["kinds"] for each in report["differences"]] == [["GATEWAY"]]
    await billing.returned(file_of(invoice(claim["invoiceNumber"])))
    assert (await billing.claim(claim["id"]))["gatewayPaidAmount"] is None
    report = (await billing.http.post("/claims/reconciliation")).json()
    assert report["differences"] == []


async def test_an_answer_older_than_a_payment_is_not_noted(billing: Billing, gateway: Gateway) -> None:
    claim = await billing.submitted()
    await gateway.decide(claim["gatewayRef"], "ACCEPTED")
    await billing.synced(claim["id"], "ACCEPTED")
    await gateway.make_return({"gatewayRef": claim["gatewayRef"], "amount": "300.00"})
    database = billing.running.resources.database
    async with database.transaction() as session:
        asked = await claims.claim(session, UUID(claim["id"]))
    assert asked is not None
    adapter = billing.running.resources.gateways.of(asked.gateway_type)
    payments = await adapter.payments(claim["gatewayRef"])
    status = await adapter.status(claim["gatewayRef"])
    await billing.returned(file_of(invoice(claim["invoiceNumber"], "600.00")))
    async with database.transaction() as session:
        await reported(session, asked, status, payments)
    found = await billing.claim(claim["id"])
    assert (found["paidAmount"], found["gatewayPaidAmount"]) == ("600.00", None)


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
