"""The worklist: each claim under the work its state asks for, and what an operator has to type."""

from uuid import UUID

from common.contracts.cases import CaseStatusChangedV1
from common.contracts.enums import CaseStatus, Role
from common.testing import eventually
from common.testing.keys import actor

from services.billing.tests.conftest import NIR, Billing, Gateway


async def test_each_claim_shows_under_the_work_its_state_asks_for(billing: Billing, gateway: Gateway) -> None:
    draft, denied, withdrawn, waiting, manual = (
        await billing.draft(),
        await billing.submitted(),
        await billing.submitted(),
        await billing.submitted(),
        await billing.draft(),
    )
    await gateway.decide(denied["gatewayRef"], "REJECTED", "294", "Pièce illisible")
    await billing.synced(denied["id"], "REJECTED")
    await billing.http.post(f"/claims/{manual['id']}/submit", json={"gatewayType": "MANUAL"})
    await billing.until(manual["id"], "SUBMITTED")
    cancelled = CaseStatusChangedV1(
        case_id=UUID(withdrawn["caseId"]),
        patient_id=UUID(withdrawn["patientId"]),
        case_number="AX-2026-000001",
        from_status=CaseStatus.READY_TO_SUBMIT,
        to_status=CaseStatus.CANCELLED,
    )
    await billing.running.publish(cancelled)
    await eventually(lambda: billing.claim(withdrawn["id"]), until=lambda found: found["caseCancelledAt"])
    found = (await billing.http.get("/claims/worklist")).json()["items"]
    assert {each["id"]: each["work"] for each in found} == {
        draft["id"]: "SUBMIT",
        denied["id"]: "HANDLE_DENIAL",
        withdrawn["id"]: "WITHDRAW",
        manual["id"]: "ENTER_IN_OTHER_SOFTWARE",
    }
    assert waiting["id"] not in {each["id"] for each in found}
    only = (await billing.http.get("/claims/worklist", params={"work": "HANDLE_DENIAL"})).json()["items"]
    assert [(each["id"], each["nextStep"]) for each in only] == [(denied["id"], "REPLACE_DOCUMENT")]
    first = (await billing.http.get("/claims/worklist", params={"limit": 3})).json()
    rest = (await billing.http.get("/claims/worklist", params={"limit": 3, "cursor": first["nextCursor"]})).json()
    seen = [each["id"] for each in (*first["items"], *rest["items"])]
    assert rest["nextCursor"] is None
    assert seen == [each["id"] for each in found]
    await billing.http.post(f"/claims/{denied['id']}/write-off", json={"reason": "abandon"})
    assert (await billing.http.get("/claims/worklist", params={"work": "HANDLE_DENIAL"})).json()["items"] == []
    async with billing.running.client(actor(Role.OPS)) as ops:
        assert (await ops.get("/claims/worklist")).status_code == 403


async def test_an_operator_sees_what_to_enter_and_that_is_audited(billing: Billing) -> None:
    claim = await billing.draft()
    url = f"/claims/{claim['id']}/manual-entry"
    refused = await billing.http.get(url)
    assert (refused.status_code, refused.json()["error"]["code"]) == (422, "CLAIM_NOT_MANUAL")
    await billing.http.post(f"/claims/{claim['id']}/submit", json={"gatewayType": "MANUAL"})
    await billing.until(claim["id"], "SUBMITTED")
    found = (await billing.http.get(url)).json()
    assert (found["patient"]["nir"], found["reference"]) == (NIR, f"{claim['claimNumber']}-1")
    assert (found["invoiceNumber"], found["lines"]) == (claim["invoiceNumber"], claim["lines"])
    assert sorted(each["documentRole"] for each in found["documents"]) == ["PRESCRIPTION", "QUOTE"]
    billing.colleagues.add_patient(UUID(claim["patientId"]), nir=None)
    refused = await billing.http.get(url)
    assert (refused.status_code, refused.json()["error"]["code"]) == (422, "CLAIM_INCOMPLETE")
    actions = [each.data["action"] for each in await billing.running.recorded("audit.recorded")]
    assert actions.count("claim.manual-entry") == 2
    async with billing.running.client(actor(Role.COMPLIANCE_ADMIN)) as admin:
        assert (await admin.get(url)).status_code == 403
