"""Submissions: exactly once in effect, whatever the gateway answers."""

from typing import Any
from uuid import UUID

from common.contracts.cases import CaseStatusChangedV1
from common.contracts.enums import CaseStatus
from common.contracts.jobs import SubmitClaimV1
from common.ids import new_id
from common.testing import eventually

from services.billing.tests.conftest import NIR, RPPS, Billing, Gateway

FAULTS = ["SERVER_ERROR", "RATE_LIMIT", "TIMEOUT_AFTER_EFFECT", "MALFORMED", "EMPTY", "HTML"]


async def failed(billing: Billing, claim_id: str, *, times: int = 1) -> dict[str, Any]:
    """The claim, once its submission has been given up on."""

    def given_up(claim: dict[str, Any]) -> bool:
        failures = [each for each in claim["history"] if each["eventType"] == "SUBMISSION_FAILED"]
        return len(failures) >= times and claim["submissionQueuedAt"] is None

    return await eventually(lambda: billing.claim(claim_id), until=given_up, seconds=20)


async def test_a_claim_is_sent_with_what_the_owners_of_the_data_say_at_that_moment(
    billing: Billing, gateway: Gateway
) -> None:
    claim = await billing.submitted()
    assert claim["gatewayRef"].startswith("INF-")
    assert claim["submittedAt"] is not None
    assert all(each["sentAt"] for each in claim["documents"])
    received = await gateway.received()
    [held] = received["claims"]
    assert (held["invoiceNumber"], held["amount"]) == (claim["invoiceNumber"], claim["totalAmount"])
    assert held["reference"] == f"{claim['claimNumber']}-1"
    assert sorted(each["role"] for each in received["documents"]) == ["PRESCRIPTION", "QUOTE"]
    assert await billing.events(claim["id"]) == ["claim.created", "claim.submitted"]
    actions = [each.data["action"] for each in await billing.running.recorded("audit.recorded")]
    assert {"claim.create", "claim.submit", "claim.status-change"} <= set(actions)


async def test_nothing_that_names_a_patient_is_kept_or_published(billing: Billing) -> None:
    await billing.submitted()
    database = billing.running.resources.database.reads
    tables = await database.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    for (table,) in tables:
        for (row,) in await database.fetch(f'SELECT t::text FROM "{table}" AS t'):  # noqa: S608 - the catalogue's names
            assert not any(secret in row for secret in (NIR, RPPS, "Nathalie", "Durand", "Martin")), table
    for envelope in await billing.running.recorded():
        assert not any(secret in envelope.model_dump_json() for secret in (NIR, "Nathalie", "Durand")), envelope.name


async def test_one_fault_of_any_kind_while_submitting_still_makes_one_submission(
    billing: Billing, gateway: Gateway
) -> None:
    claims = []
    for kind in FAULTS:
        await gateway.fault(kind, "submit")
        claims.append(await billing.submitted())
        assert await billing.events(claims[-1]["id"]) == ["claim.created", "claim.submitted"], kind
    received = await gateway.received()
    assert [each["gatewayRef"] for each in received["claims"]] == [each["gatewayRef"] for each in claims]
    assert received["doubledReferences"] == received["doubledInvoices"] == []
    assert [each["struck"] for each in received["faults"]] == [1] * len(FAULTS)
    # Where the answer was lost or spoiled the claim is looked up, and not sent again.
    assert len(received["submissions"]) == len(FAULTS)
    assert await billing.running.dead_letters() == []


async def test_the_gateway_that_fails_to_notice_a_repetition_is_never_given_one(
    billing: Billing, gateway: Gateway
) -> None:
    await gateway.fault("DUPLICATE_ACCEPTANCE", "submit", count=10)
    claim = await billing.submitted()
    again = SubmitClaimV1(claim_id=UUID(claim["id"]), attempt=1)
    await billing.running.publish(again)
    await billing.running.publish(again)
    await billing.submitted()  # by the same queue, after them
    received = await gateway.received()
    assert len(received["claims"]) == 2
    assert received["doubledReferences"] == []


async def test_a_submission_asked_for_again_by_a_new_broker_is_not_made_again(
    billing: Billing, gateway: Gateway
) -> None:
    await gateway.fault("DUPLICATE_ACCEPTANCE", "submit", count=10)
    claim, denied, failing = [await billing.submitted(), await billing.submitted(), await billing.draft()]
    await gateway.decide(denied["gatewayRef"], "REJECTED")
    await billing.synced(denied["id"], "REJECTED")
    await gateway.fault("SERVER_ERROR", "lookup", count=4)
    await billing.http.post(f"/claims/{failing['id']}/submit")
    await failed(billing, failing["id"])
    assert await billing.running.republish_jobs() == 4
    assert [(await billing.claim(each["id"]))["status"] for each in (claim, denied, failing)] == [
        "SUBMITTED",
        "REJECTED",
        "DRAFT",
    ]
    assert len((await gateway.received())["submissions"]) == 2
    assert await billing.events(claim["id"]) == ["claim.created", "claim.submitted"]
    assert len(await billing.running.dead_letters()) == 1


async def test_a_job_that_is_delivered_again_while_it_runs_sends_nothing_a_second_time(
    billing: Billing, gateway: Gateway
) -> None:
    claim = await billing.draft()
    await gateway.fault("SLOW", "lookup", count=2, seconds=0.3)
    await gateway.fault("DUPLICATE_ACCEPTANCE", "submit", count=10)
    await billing.http.post(f"/claims/{claim['id']}/submit")
    await billing.running.publish(SubmitClaimV1(claim_id=UUID(claim["id"]), attempt=1))
    await billing.until(claim["id"], "SUBMITTED")
    await billing.submitted()  # by the same queue, after both
    received = await gateway.received()
    assert (len(received["submissions"]), received["doubledReferences"]) == (2, [])


async def test_a_gateway_that_stays_away_gives_the_claim_back_with_an_alert(billing: Billing, gateway: Gateway) -> None:
    claim = await billing.draft()
    await gateway.fault("SERVER_ERROR", count=50)
    await billing.http.post(f"/claims/{claim['id']}/submit")
    found = await failed(billing, claim["id"])
    assert (found["status"], found["outcomeUnknown"]) == ("DRAFT", True)
    assert (await gateway.received())["faults"][0]["struck"] == 4  # the first try and three retries
    [alert] = await billing.running.recorded("gateway.failing")
    assert alert.data["claimId"] == claim["id"]
    [letter] = await eventually(billing.running.dead_letters)
    assert letter["reason"] == "exhausted"
    for path in ("cancel", "submit"):
        body = {"reason": "abandon"} if path == "cancel" else {"gatewayType": "MANUAL"}
        refused = await billing.http.post(f"/claims/{claim['id']}/{path}", json=body)
        assert (refused.status_code, refused.json()["error"]["code"]) == (409, "CLAIM_OUTCOME_UNKNOWN")
    await gateway.heal()
    await billing.http.post(f"/claims/{claim['id']}/sync")
    known = await eventually(lambda: billing.claim(claim["id"]), until=lambda each: not each["outcomeUnknown"])
    assert known["status"] == "DRAFT"
    assert (await billing.http.post(f"/claims/{claim['id']}/submit")).status_code == 202
    await billing.until(claim["id"], "SUBMITTED")
    assert len((await gateway.received())["claims"]) == 1


async def test_a_lost_submission_that_arrived_is_found_by_asking(billing: Billing, gateway: Gateway) -> None:
    claim = await billing.draft()
    await gateway.fault("SLOW", "lookup", seconds=0)  # the first lookup finds nothing, those after it fail
    await gateway.fault("SERVER_ERROR", "lookup", count=3)
    await gateway.fault("MALFORMED", "submit")
    await billing.http.post(f"/claims/{claim['id']}/submit")
    assert (await failed(billing, claim["id"]))["outcomeUnknown"]
    found = await billing.synced(claim["id"], "SUBMITTED")
    assert (found["outcomeUnknown"], found["gatewayRef"] is None) == (False, False)
    assert len((await gateway.received())["submissions"]) == 1


async def test_a_patient_without_nir_is_told_by_field_and_never_by_value(billing: Billing, gateway: Gateway) -> None:
    claim = await billing.draft()
    billing.colleagues.add_patient(UUID(claim["patientId"]), nir=None)
    await billing.http.post(f"/claims/{claim['id']}/submit")
    found = await failed(billing, claim["id"])
    assert (found["status"], found["outcomeUnknown"]) == ("DRAFT", False)
    assert "nir" in found["history"][-1]["reason"]
    assert await billing.running.recorded("gateway.failing") == []
    assert (await gateway.received())["submissions"] == []
    billing.colleagues.add_patient(UUID(claim["patientId"]))
    await billing.http.post(f"/claims/{claim['id']}/submit")
    await billing.until(claim["id"], "SUBMITTED")


async def test_a_prescriber_we_do_not_know_is_left_out(billing: Billing, gateway: Gateway) -> None:
    await billing.submitted(prescriber_id=None)
    assert len((await gateway.received())["claims"]) == 1


async def test_an_infected_document_is_never_sent(billing: Billing, gateway: Gateway) -> None:
    claim = await billing.draft()
    prescription = next(each for each in claim_documents(await billing.claim(claim["id"])) if each[1] == "PRESCRIPTION")
    billing.colleagues.documents[prescription[0]]["scanStatus"] = "INFECTED"
    await billing.http.post(f"/claims/{claim['id']}/submit")
    found = await failed(billing, claim["id"])
    assert "INFECTED" in found["history"][-1]["reason"]
    assert (await gateway.received())["submissions"] == []


def claim_documents(claim: dict[str, Any]) -> list[tuple[str, str]]:
    return [(each["documentId"], each["documentRole"]) for each in claim["documents"]]


async def test_an_incomplete_claim_is_not_queued(billing: Billing) -> None:
    no_quote = await billing.draft(quote_document_id=None)
    refused = await billing.http.post(f"/claims/{no_quote['id']}/submit")
    assert (refused.status_code, refused.json()["error"]["code"]) == (422, "CLAIM_DOCUMENT_MISSING")
    nothing = await billing.draft(lines=[], lppr_coverage="0.00")
    refused = await billing.http.post(f"/claims/{nothing['id']}/submit")
    assert (refused.status_code, refused.json()["error"]["code"]) == (422, "CLAIM_NOTHING_TO_CLAIM")
    whole = await billing.draft()
    refused = await billing.http.post(f"/claims/{whole['id']}/submit", json={"gatewayType": "LGPI"})
    assert (refused.status_code, refused.json()["error"]["code"]) == (422, "CLAIM_GATEWAY_NOT_AVAILABLE")


async def test_asked_for_twice_a_claim_is_sent_once(billing: Billing, gateway: Gateway) -> None:
    claim = await billing.draft()
    key = {"Idempotency-Key": str(new_id())}
    first = await billing.http.post(f"/claims/{claim['id']}/submit", headers=key)
    again = await billing.http.post(f"/claims/{claim['id']}/submit", headers=key)
    assert (first.status_code, again.status_code) == (202, 202)
    assert first.json() == again.json()
    refused = await billing.http.post(f"/claims/{claim['id']}/submit")
    assert refused.status_code == 409
    await billing.until(claim["id"], "SUBMITTED")
    assert (await billing.http.post(f"/claims/{claim['id']}/submit")).json()["error"]["code"] == (
        "CLAIM_INVALID_TRANSITION"
    )
    assert len((await gateway.received())["submissions"]) == 1


async def test_a_case_cancelled_while_its_claim_waits_keeps_the_claim_from_being_sent(
    billing: Billing, gateway: Gateway
) -> None:
    claim = await billing.draft()
    await gateway.fault("SERVER_ERROR", "lookup", count=1)
    await gateway.fault("SLOW", "lookup", seconds=0.5)
    await billing.http.post(f"/claims/{claim['id']}/submit")
    withdrawn = CaseStatusChangedV1(
        case_id=UUID(claim["caseId"]),
        patient_id=UUID(claim["patientId"]),
        case_number="AX-2026-000001",
        from_status=CaseStatus.READY_TO_SUBMIT,
        to_status=CaseStatus.CANCELLED,
    )
    await billing.running.publish(withdrawn)
    final = await eventually(
        lambda: billing.claim(claim["id"]),
        until=lambda each: each["submissionQueuedAt"] is None and each["caseCancelledAt"] is not None,
    )
    held = (await gateway.received())["claims"]
    assert (final["status"], len(held)) in {("CANCELLED", 0), ("SUBMITTED", 1)}


async def test_a_draft_is_cancelled_with_a_reason_and_stays_so(billing: Billing) -> None:
    claim = await billing.draft()
    assert (await billing.http.post(f"/claims/{claim['id']}/cancel", json={"reason": " "})).status_code == 400
    done = await billing.http.post(f"/claims/{claim['id']}/cancel", json={"reason": "doublon"})
    assert (done.status_code, done.json()["status"]) == (200, "CANCELLED")
    found = await billing.claim(claim["id"])
    last = found["history"][-1]
    assert (last["reason"], last["fromStatus"], last["actorRole"]) == ("doublon", "DRAFT", "BILLING")
    for path, body in (("cancel", {"reason": "encore"}), ("submit", None), ("resubmit", None)):
        assert (await billing.http.post(f"/claims/{claim['id']}/{path}", json=body)).status_code == 409
    document = {"documentId": str(new_id()), "documentRole": "OTHER"}
    assert (await billing.http.post(f"/claims/{claim['id']}/documents", json=document)).status_code == 409
