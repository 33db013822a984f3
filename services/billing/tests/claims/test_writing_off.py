"""Giving up on what is outstanding."""

from services.billing.tests.conftest import Billing, Gateway
from services.billing.tests.returns.files import file_of, invoice


async def test_what_is_outstanding_is_written_off_with_a_reason_and_the_status_stays(billing: Billing) -> None:
    claim = await billing.submitted()
    url = f"/claims/{claim['id']}/write-off"
    assert claim["outstandingAmount"] == "651.27"
    early = await billing.http.post(url, json={"reason": "trop tôt"})
    assert (early.status_code, early.json()["error"]["code"]) == (409, "CLAIM_INVALID_TRANSITION")
    await billing.returned(file_of(invoice(claim["invoiceNumber"], "600.00")))
    assert (await billing.http.post(url, json={})).status_code == 400
    done = await billing.http.post(url, json={"reason": "reste irrécouvrable"})
    assert done.status_code == 200
    found = await billing.claim(claim["id"])
    assert (found["status"], found["writtenOffAmount"], found["outstandingAmount"]) == (
        "PARTIAL_PAYMENT",
        "51.27",
        "0.00",
    )
    last = found["history"][-1]
    assert (last["eventType"], last["reason"], last["details"]) == (
        "WRITTEN_OFF",
        "reste irrécouvrable",
        {"amount": "51.27"},
    )
    again = await billing.http.post(url, json={"reason": "encore"})
    assert (again.status_code, again.json()["error"]["code"]) == (422, "CLAIM_NOTHING_OUTSTANDING")
    await billing.returned(file_of(invoice(claim["invoiceNumber"], "-600.00"), file_id="000002"))
    assert (await billing.claim(claim["id"]))["outstandingAmount"] == "600.00"
    assert "claim.write-off" in [each.data["action"] for each in await billing.running.recorded("audit.recorded")]


async def test_a_denied_claim_that_was_written_off_is_not_sent_again(billing: Billing, gateway: Gateway) -> None:
    claim = await billing.submitted()
    await gateway.decide(claim["gatewayRef"], "REJECTED")
    await billing.synced(claim["id"], "REJECTED")
    assert (await billing.http.post(f"/claims/{claim['id']}/write-off", json={"reason": "abandon"})).status_code == 200
    refused = await billing.http.post(f"/claims/{claim['id']}/resubmit")
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "CLAIM_WRITTEN_OFF")
