"""Receipts are kept as they came; what they say of a claim a person enters."""

from typing import Any

from common.ids import new_id

from services.billing.tests.conftest import Billing
from services.billing.tests.returns.files import file_of, invoice


async def entered(billing: Billing, return_id: str, claim_id: str, outcome: str, reason: str | None = None) -> Any:
    body = {"claimId": claim_id, "outcome": outcome, "reason": reason}
    return await billing.http.post(f"/returns/{return_id}/outcome", json=body)


async def test_only_a_negative_receipt_of_the_transmission_rejects_a_claim(billing: Billing) -> None:
    await receives(billing, "ARL", "POSITIVE", "SUBMITTED")
    await receives(billing, "ARL", "NEGATIVE", "REJECTED")
    await receives(billing, "ARO", "NEGATIVE", "SUBMITTED")


async def receives(billing: Billing, kind: str, outcome: str, status: str) -> None:
    """A claim receives a receipt, and is in `status` then."""
    claim = await billing.submitted()
    receipt = await billing.returned(f"receipt of {claim['id']}".encode(), kind)
    for _ in range(2):
        assert (await entered(billing, receipt["id"], claim["id"], outcome, "fichier non conforme")).status_code == 200
    found = await billing.claim(claim["id"])
    assert found["status"] == status
    [told] = found["returns"]
    assert (told["returnType"], told["parsedData"]) == (kind, {"outcome": outcome, "reason": "fichier non conforme"})
    if status == "REJECTED":
        assert (found["rejectionCode"], found["rejectionReason"]) == ("ARL", "fichier non conforme")
        assert (await billing.http.post(f"/claims/{claim['id']}/resubmit")).status_code == 202
        await billing.until(claim["id"], "RESUBMITTED")
    other = "NEGATIVE" if outcome == "POSITIVE" else "POSITIVE"
    changed = await entered(billing, receipt["id"], claim["id"], other)
    assert (changed.status_code, changed.json()["error"]["code"]) == (409, "CLAIM_OUTCOME_ALREADY_RECORDED")


async def test_what_has_no_outcome_to_enter_is_refused(billing: Billing) -> None:
    claim, draft = await billing.submitted(), await billing.draft()
    receipt = await billing.returned(b"receipt", "ARL")
    noemie = await billing.returned(file_of(invoice("987654321")))
    refused = await entered(billing, noemie["id"], claim["id"], "POSITIVE")
    assert (refused.status_code, refused.json()["error"]["code"]) == (422, "CLAIM_RETURN_NOT_A_RECEIPT")
    assert (await entered(billing, receipt["id"], draft["id"], "POSITIVE")).status_code == 409
    assert (await entered(billing, receipt["id"], str(new_id()), "POSITIVE")).status_code == 404
    assert (await entered(billing, str(new_id()), claim["id"], "POSITIVE")).status_code == 404
