"""What becomes of a claim: asked at the gateway, entered by an operator; denied, and sent again."""

from uuid import UUID

from billing.claims import repository
from billing.submission.jobs import claim_status_sync
from common.contracts.enums import Role
from common.ids import new_id
from common.testing import eventually
from common.testing.keys import actor

from services.billing.tests.conftest import Billing, Gateway


async def test_the_schedule_asks_about_every_claim_that_waits(billing: Billing, gateway: Gateway) -> None:
    accepted, pending, draft = [await billing.submitted(), await billing.submitted(), await billing.draft()]
    await gateway.decide(accepted["gatewayRef"], "ACCEPTED")
    await gateway.decide(pending["gatewayRef"], "PENDING")
    await claim_status_sync(billing.running.resources)
    await claim_status_sync(billing.running.resources)
    assert (await billing.until(accepted["id"], "ACCEPTED"))["rejectionCode"] is None
    await billing.until(pending["id"], "PENDING")
    assert (await billing.claim(draft["id"]))["status"] == "DRAFT"
    assert await billing.events(accepted["id"]) == ["claim.created", "claim.submitted", "claim.accepted"]


async def test_a_denied_claim_is_sent_again_as_the_same_claim_with_another_document(
    billing: Billing, gateway: Gateway
) -> None:
    claim = await billing.submitted()
    await gateway.decide(claim["gatewayRef"], "REJECTED", "0009-816", "Pièce justificative absente")
    denied = await billing.synced(claim["id"], "REJECTED")
    assert (denied["rejectionCode"], denied["rejectionReason"]) == ("0009-816", "Pièce justificative absente")
    document = new_id()
    billing.colleagues.add_document(document, patient_id=UUID(claim["patientId"]))
    body = {"documentId": str(document), "documentRole": "OTHER"}
    assert (await billing.http.post(f"/claims/{claim['id']}/documents", json=body)).status_code == 201
    assert (await billing.http.post(f"/claims/{claim['id']}/resubmit")).status_code == 202
    again = await billing.until(claim["id"], "RESUBMITTED")
    assert (again["claimNumber"], again["invoiceNumber"]) == (claim["claimNumber"], claim["invoiceNumber"])
    assert (again["attempt"], again["rejectionCode"]) == (2, None)
    received = await gateway.received()
    assert [each["reference"] for each in received["claims"]] == [f"{claim['claimNumber']}-{n}" for n in (1, 2)]
    assert received["doubledReferences"] == received["doubledInvoices"] == []
    assert len([each for each in received["documents"] if each["gatewayRef"] == again["gatewayRef"]]) == 3
    await gateway.decide(again["gatewayRef"], "ACCEPTED")
    await billing.synced(claim["id"], "ACCEPTED")
    assert await billing.events(claim["id"]) == [
        "claim.created",
        "claim.submitted",
        "claim.rejected",
        "claim.resubmitted",
        "claim.accepted",
    ]


async def test_a_document_is_replaced_before_a_denied_claim_is_sent_again(billing: Billing, gateway: Gateway) -> None:
    claim = await billing.submitted()
    bad = next(each["documentId"] for each in claim["documents"] if each["documentRole"] == "PRESCRIPTION")
    url = f"/claims/{claim['id']}/documents"
    assert (await billing.http.delete(f"{url}/{bad}")).status_code == 409
    await gateway.decide(claim["gatewayRef"], "REJECTED")
    await billing.synced(claim["id"], "REJECTED")
    assert (await billing.http.delete(f"{url}/{new_id()}")).status_code == 404
    assert (await billing.http.delete(f"{url}/{bad}")).status_code == 204
    refused = await billing.http.post(f"/claims/{claim['id']}/resubmit")
    assert (refused.status_code, refused.json()["error"]["code"]) == (422, "CLAIM_PRESCRIPTION_MISSING")
    good = new_id()
    billing.colleagues.add_document(good, patient_id=UUID(claim["patientId"]))
    await billing.http.post(url, json={"documentId": str(good), "documentRole": "PRESCRIPTION"})
    assert (await billing.http.post(f"/claims/{claim['id']}/resubmit")).status_code == 202
    again = await billing.until(claim["id"], "RESUBMITTED")
    assert bad not in {each["documentId"] for each in again["documents"]}
    assert "DOCUMENT_DETACHED" in {each["eventType"] for each in again["history"]}
    async with billing.running.client(actor(Role.OPS)) as ops:
        assert (await ops.delete(f"{url}/{good}")).status_code == 403


async def test_an_accepted_claim_may_still_be_rejected_late(billing: Billing, gateway: Gateway) -> None:
    claim = await billing.submitted()
    await gateway.decide(claim["gatewayRef"], "ACCEPTED")
    await billing.synced(claim["id"], "ACCEPTED")
    await gateway.decide(claim["gatewayRef"], "REJECTED", "LATE", "Rejet tardif")
    assert (await billing.synced(claim["id"], "REJECTED"))["rejectionCode"] == "LATE"


async def test_a_document_added_to_a_claim_that_was_sent_goes_after_it(billing: Billing, gateway: Gateway) -> None:
    claim = await billing.submitted()
    document = new_id()
    billing.colleagues.add_document(document, patient_id=UUID(claim["patientId"]))
    body = {"documentId": str(document), "documentRole": "ID"}
    first = await billing.http.post(f"/claims/{claim['id']}/documents", json=body)
    again = await billing.http.post(f"/claims/{claim['id']}/documents", json=body)
    assert (first.status_code, again.status_code) == (201, 201)
    assert len(again.json()["documents"]) == 3
    await eventually(
        lambda: billing.claim(claim["id"]), until=lambda found: all(each["sentAt"] for each in found["documents"])
    )
    assert sorted(each["role"] for each in (await gateway.received())["documents"]) == ["ID", "PRESCRIPTION", "QUOTE"]


async def test_only_a_clean_document_of_the_patient_may_be_added(billing: Billing) -> None:
    claim = await billing.draft()
    stranger, unknown, dirty = new_id(), new_id(), new_id()
    billing.colleagues.add_document(stranger, patient_id=new_id(), case_id=new_id())
    billing.colleagues.add_document(dirty, patient_id=UUID(claim["patientId"]), scan="PENDING")
    for document, code in (
        (stranger, "CLAIM_DOCUMENT_UNKNOWN"),
        (unknown, "CLAIM_DOCUMENT_UNKNOWN"),
        (dirty, "CLAIM_DOCUMENT_NOT_CLEAN"),
    ):
        body = {"documentId": str(document), "documentRole": "OTHER"}
        refused = await billing.http.post(f"/claims/{claim['id']}/documents", json=body)
        assert (refused.status_code, refused.json()["error"]["code"]) == (422, code)


async def test_a_gateway_that_cannot_be_asked_is_told_of_and_asked_again_later(
    billing: Billing, gateway: Gateway
) -> None:
    claim = await billing.submitted()
    await gateway.fault("HTML", "status", count=4)
    await billing.http.post(f"/claims/{claim['id']}/sync")
    found = await eventually(
        lambda: billing.claim(claim["id"]), until=lambda each: each["history"][-1]["eventType"] == "SYNC_FAILED"
    )
    assert found["status"] == "SUBMITTED"
    assert len(await billing.running.recorded("gateway.failing")) == 1
    await gateway.decide(claim["gatewayRef"], "ACCEPTED")
    await billing.synced(claim["id"], "ACCEPTED")


async def test_one_outage_alerts_once_however_many_claims_wait(billing: Billing, gateway: Gateway) -> None:
    waiting = [await billing.submitted() for _ in range(2)]
    await gateway.fault("SERVER_ERROR", count=100)
    await claim_status_sync(billing.running.resources)
    for claim in waiting:
        await eventually(
            lambda claim_id=claim["id"]: billing.claim(claim_id),  # type: ignore[misc]
            until=lambda each: each["history"][-1]["eventType"] == "SYNC_FAILED",
        )
    assert len(await billing.running.recorded("gateway.failing")) == 1


async def test_the_schedule_finds_out_about_a_lost_submission(billing: Billing, gateway: Gateway) -> None:
    claim = await billing.draft()
    await gateway.fault("SLOW", "lookup", seconds=0)  # the first lookup finds nothing, those after it fail
    await gateway.fault("SERVER_ERROR", "lookup", count=3)
    await gateway.fault("MALFORMED", "submit")
    await billing.http.post(f"/claims/{claim['id']}/submit")
    await eventually(lambda: billing.claim(claim["id"]), until=lambda each: each["outcomeUnknown"])
    await claim_status_sync(billing.running.resources)
    await billing.until(claim["id"], "SUBMITTED")
    assert len((await gateway.received())["submissions"]) == 1


async def test_an_operator_enters_what_the_manual_gateway_decided(billing: Billing, gateway: Gateway) -> None:
    claim = await billing.draft()
    url = f"/claims/{claim['id']}"
    assert (await billing.http.post(f"{url}/submit", json={"gatewayType": "MANUAL"})).status_code == 202
    await billing.until(claim["id"], "SUBMITTED")
    assert (await gateway.received())["submissions"] == []
    refused = await billing.http.post(f"{url}/sync")
    assert (refused.status_code, refused.json()["error"]["code"]) == (422, "CLAIM_GATEWAY_MANUAL")
    done = await billing.http.post(f"{url}/result", json={"status": "PENDING", "gatewayRef": "EXT-1"})
    assert (done.json()["status"], done.json()["gatewayRef"]) == ("PENDING", "EXT-1")
    denial = {"status": "REJECTED", "rejectionCode": "R12", "rejectionReason": "Ordonnance illisible"}
    done = await billing.http.post(f"{url}/result", json=denial)
    assert (done.json()["status"], done.json()["rejectionCode"]) == ("REJECTED", "R12")
    assert (await billing.http.post(f"{url}/result", json={"status": "ACCEPTED"})).status_code == 409
    assert (await billing.http.post(f"{url}/result", json={"status": "PAID"})).status_code == 400
    await billing.http.post(f"{url}/resubmit", json={"gatewayType": "INFIMAX"})
    again = await billing.until(claim["id"], "RESUBMITTED")
    assert (again["gatewayType"], again["attempt"]) == ("INFIMAX", 2)
    refused = await billing.http.post(f"{url}/result", json={"status": "ACCEPTED"})
    assert (refused.status_code, refused.json()["error"]["code"]) == (422, "CLAIM_NOT_MANUAL")


async def test_a_question_that_was_answered_is_not_asked_again_by_its_job(billing: Billing, gateway: Gateway) -> None:
    claim = await billing.submitted()
    await gateway.fault("SLOW", "status", count=50, seconds=0)
    await gateway.decide(claim["gatewayRef"], "PENDING")
    await billing.synced(claim["id"], "PENDING")
    document = new_id()
    billing.colleagues.add_document(document, patient_id=UUID(claim["patientId"]))
    body = {"documentId": str(document), "documentRole": "ID"}
    await billing.http.post(f"/claims/{claim['id']}/documents", json=body)
    assert await billing.running.republish_jobs() == 3  # the submission and two questions
    received = await gateway.received()
    assert received["faults"][0]["struck"] == 2
    assert sorted(each["role"] for each in received["documents"]) == ["ID", "PRESCRIPTION", "QUOTE"]
    await billing.synced(claim["id"], "PENDING")
    await eventually(gateway.received, until=lambda found: found["faults"][0]["struck"] == 3)
    assert await billing.running.dead_letters() == []


async def test_an_answer_ends_only_the_question_it_was_given_to(billing: Billing) -> None:
    claim = UUID((await billing.submitted())["id"])
    async with billing.running.resources.database.transaction() as session:
        await repository.queue_sync(session, claim)
        earlier = await repository.open_sync(session, claim)
        await repository.queue_sync(session, claim)
        later = await repository.open_sync(session, claim)
        await repository.end_sync(session, claim, earlier)
        assert await repository.open_sync(session, claim) == later
        await repository.end_sync(session, claim, later)
        assert await repository.open_sync(session, claim) is None
