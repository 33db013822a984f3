"""What a return says of no claim of ours waits in a worklist until a person settles it."""

from typing import Any

from common.ids import new_id

from services.billing.tests.conftest import Billing
from services.billing.tests.returns.files import TOTAL, file_of, invoice


async def parked(billing: Billing, *numbers: str) -> dict[str, Any]:
    """A return whose invoices settle nothing."""
    found = await billing.returned(file_of(*(invoice(each) for each in numbers), file_id=str(new_id())[-6:]))
    assert found["status"] == "PARTIALLY_MATCHED"
    return found


async def test_an_unknown_invoice_waits_in_the_worklist_until_it_is_matched(billing: Billing) -> None:
    claim = await billing.submitted()
    found = await parked(billing, "987654321", "987654322")
    assert [each["parkedReason"] for each in found["entries"]] == ["UNKNOWN_INVOICE"] * 2
    listed = await billing.http.get("/returns", params={"unmatched": True, "status": "PARTIALLY_MATCHED"})
    assert [each["id"] for each in listed.json()["items"]] == [found["id"]]
    url = f"/returns/{found['id']}/entries/{found['entries'][0]['id']}/match"
    done = await billing.http.post(url, json={"claimId": claim["id"]})
    assert (done.status_code, done.json()["claimId"]) == (200, claim["id"])
    assert done.json()["matchedBy"] == str(billing.biller.user_id)
    again = await billing.http.post(url, json={"claimId": claim["id"]})
    assert again.status_code == 200
    paid = await billing.claim(claim["id"])
    assert (paid["status"], paid["paidAmount"], len(paid["payments"])) == ("PAID", TOTAL, 1)
    other = await billing.submitted()
    refused = await billing.http.post(url, json={"claimId": other["id"]})
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "CLAIM_ENTRY_ALREADY_MATCHED")
    file = (await billing.http.get(f"/returns/{found['id']}", params={"unmatched": True})).json()
    assert (file["matchedCount"], file["unmatchedCount"], len(file["entries"])) == (1, 1, 1)
    second = f"/returns/{found['id']}/entries/{found['entries'][1]['id']}/match"
    assert (await billing.http.post(second, json={"claimId": other["id"]})).status_code == 200
    assert (await billing.http.get(f"/returns/{found['id']}")).json()["status"] == "PROCESSED"
    assert (await billing.http.get("/returns", params={"unmatched": True})).json()["items"] == []
    actions = [each.data["action"] for each in await billing.running.recorded("audit.recorded")]
    assert actions.count("return-entry.match") == 2


async def test_a_return_for_a_claim_that_was_never_sent_or_was_cancelled_is_parked(billing: Billing) -> None:
    draft, cancelled = await billing.draft(), await billing.draft()
    await billing.http.post(f"/claims/{cancelled['id']}/cancel", json={"reason": "doublon"})
    found = await parked(billing, draft["invoiceNumber"], cancelled["invoiceNumber"])
    assert [each["parkedReason"] for each in found["entries"]] == ["CLAIM_NOT_SUBMITTED", "CLAIM_CANCELLED"]
    for entry, claim, status in zip(found["entries"], (draft, cancelled), ("DRAFT", "CANCELLED"), strict=True):
        url = f"/returns/{found['id']}/entries/{entry['id']}/match"
        assert (await billing.http.post(url, json={"claimId": claim["id"]})).status_code == 409
        held = await billing.claim(claim["id"])
        assert (held["status"], held["payments"], held["paidAmount"]) == (status, [], None)


async def test_entries_are_paged_in_the_order_of_the_file(billing: Billing) -> None:
    found = await parked(billing, *(f"98765{n:04d}" for n in range(5)))
    seen: list[str] = []
    after: int | None = -1
    while after is not None:
        page = await billing.http.get(f"/returns/{found['id']}", params={"limit": 2, "after": after})
        seen += [each["invoiceNumber"] for each in page.json()["entries"]]
        after = page.json()["nextPosition"]
    assert seen == [f"98765{n:04d}" for n in range(5)]


async def test_matching_what_does_not_exist_is_not_found(billing: Billing) -> None:
    found = await parked(billing, "987654321")
    entry = found["entries"][0]["id"]
    for url in (f"/returns/{new_id()}/entries/{entry}/match", f"/returns/{found['id']}/entries/{new_id()}/match"):
        assert (await billing.http.post(url, json={"claimId": str(new_id())})).status_code == 404
    url = f"/returns/{found['id']}/entries/{entry}/match"
    assert (await billing.http.post(url, json={"claimId": str(new_id())})).status_code == 404
