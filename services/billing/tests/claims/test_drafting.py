"""Draft claims: from approved quotes, with the documents that go with them, until their case is cancelled."""

from typing import Any
from uuid import UUID

import pytest
from common.contracts.cases import CaseStatusChangedV1
from common.contracts.documents import DocumentCleanV1, DocumentGeneratedV1
from common.contracts.enums import CaseStatus, DocumentType
from common.ids import new_id
from common.testing import eventually
from common.testing.plugin import RunService

from services.billing.tests.conftest import Billing, Colleagues


def clean(
    document_type: DocumentType, *, patient_id: UUID | None = None, case_id: UUID | None = None
) -> DocumentCleanV1:
    return DocumentCleanV1(
        document_id=new_id(), document_type=document_type, owner_id=None, patient_id=patient_id, case_id=case_id
    )


def cancelled(case_id: UUID, patient_id: UUID) -> CaseStatusChangedV1:
    return CaseStatusChangedV1(
        case_id=case_id,
        patient_id=patient_id,
        case_number="AX-2026-000001",
        from_status=CaseStatus.READY_TO_SUBMIT,
        to_status=CaseStatus.CANCELLED,
    )


def roles(claim: dict[str, Any]) -> list[str]:
    return sorted(each["documentRole"] for each in claim["documents"])


async def test_an_approved_quote_makes_one_draft_of_its_base_lines(billing: Billing) -> None:
    quote = billing.quote()
    await billing.running.publish(quote, times=3)
    await billing.running.publish(quote)  # the same again, under another event id
    claim = await billing.claim((await billing.claim_of_case(quote.case_id))["id"])
    assert claim["status"] == "DRAFT"
    assert claim["totalAmount"] == "651.27"
    assert claim["paidAmount"] is None
    assert [(each["lpprCode"], each["lineTotal"]) for each in claim["lines"]] == [
        ("4222803", "631.17"),
        ("4222804", "20.10"),
    ]
    assert claim["claimNumber"].startswith("CL-20")
    assert len(claim["invoiceNumber"]) == 9
    assert claim["gatewayType"] == "INFIMAX"
    assert roles(claim) == ["PRESCRIPTION", "QUOTE"]
    other = await billing.draft()
    assert other["invoiceNumber"] != claim["invoiceNumber"]
    found = (await billing.http.get("/claims", params={"caseId": str(quote.case_id)})).json()["items"]
    assert len(found) == 1
    assert await billing.events(claim["id"]) == ["claim.created"]
    assert claim["history"][0]["eventType"] == "CREATED"
    assert await billing.running.dead_letters() == []


async def test_documents_are_attached_whether_they_come_before_or_after_the_quote(billing: Billing) -> None:
    quote = billing.quote(quote_document_id=None)
    strangers = clean(DocumentType.ID_CARD, patient_id=new_id(), case_id=new_id())
    await billing.running.publish(strangers)
    before = clean(DocumentType.ID_CARD, patient_id=quote.patient_id, case_id=quote.case_id)
    await billing.running.publish(before, times=2)

    async def remembered() -> int:
        count: int = await billing.running.resources.database.reads.fetchval("SELECT count(*) FROM case_documents")
        return count

    await eventually(remembered, until=lambda count: count == 2)
    await billing.running.publish(quote)
    claim = await billing.claim_of_case(quote.case_id)
    await billing.running.publish(clean(DocumentType.CARTE_VITALE, patient_id=quote.patient_id))
    await billing.running.publish(clean(DocumentType.DELIVERY_PROOF, case_id=quote.case_id))
    generated = DocumentGeneratedV1(
        document_id=new_id(),
        document_type=DocumentType.QUOTE_PDF,
        owner_id=None,
        patient_id=quote.patient_id,
        case_id=quote.case_id,
        quote_id=quote.quote_id,
    )
    await billing.running.publish(generated)
    found = await eventually(lambda: billing.claim(claim["id"]), until=lambda found: len(found["documents"]) >= 4)
    assert roles(found) == ["CARTE_VITALE", "ID", "PRESCRIPTION", "QUOTE"]
    assert str(strangers.document_id) not in {each["documentId"] for each in found["documents"]}


async def test_the_flag_chooses_the_gateway_and_a_wrong_one_keeps_the_service_from_starting(
    run_worker: RunService, run_service: RunService, colleagues: Colleagues, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FLAG_BILLING_GATEWAY_TYPE", "MANUAL")
    billing = Billing(await run_worker("billing"), colleagues)
    async with billing.http:
        assert (await billing.draft())["gatewayType"] == "MANUAL"
    monkeypatch.setenv("FLAG_BILLING_GATEWAY_TYPE", "INFIMAXX")
    with pytest.raises(ValueError, match="INFIMAXX"):
        await run_service("billing")


async def test_a_newer_quote_replaces_the_draft_and_a_late_older_one_changes_nothing(billing: Billing) -> None:
    first = billing.quote()
    second = billing.quote(case_id=first.case_id, patient_id=first.patient_id, quote_version=2)
    third = billing.quote(case_id=first.case_id, patient_id=first.patient_id, quote_version=3)
    for quote in (first, third, second):
        await billing.running.publish(quote)
    await billing.draft()  # handled after them, by the same consumer
    found = (await billing.http.get("/claims", params={"caseId": str(first.case_id)})).json()["items"]
    assert {each["quoteId"]: each["status"] for each in found} == {
        str(first.quote_id): "CANCELLED",
        str(third.quote_id): "DRAFT",
    }


async def test_a_cancelled_case_cancels_its_draft(billing: Billing) -> None:
    claim = await billing.draft()
    await billing.running.publish(cancelled(UUID(claim["caseId"]), UUID(claim["patientId"])), times=2)
    found = await billing.until(claim["id"], "CANCELLED")
    assert found["history"][-1]["reason"] == "the case was cancelled"
    assert await billing.events(claim["id"]) == ["claim.created", "claim.cancelled"]


async def test_a_quote_heard_of_after_its_case_was_cancelled_makes_no_claim(billing: Billing) -> None:
    quote = billing.quote()
    await billing.running.publish(cancelled(quote.case_id, quote.patient_id))

    async def known() -> bool:
        found: int = await billing.running.resources.database.reads.fetchval("SELECT count(*) FROM cancelled_cases")
        return found == 1

    await eventually(known)
    await billing.running.publish(quote)
    await billing.draft()  # handled after it, by the same consumer
    assert (await billing.http.get("/claims", params={"caseId": str(quote.case_id)})).json()["items"] == []


async def test_a_cancelled_case_flags_a_claim_that_was_sent(billing: Billing) -> None:
    claim = await billing.submitted()
    await billing.running.publish(cancelled(UUID(claim["caseId"]), UUID(claim["patientId"])))
    found = await eventually(lambda: billing.claim(claim["id"]), until=lambda found: found["caseCancelledAt"])
    assert found["status"] == "SUBMITTED"
    assert found["history"][-1]["eventType"] == "CASE_CANCELLED"
