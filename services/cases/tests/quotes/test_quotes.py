"""Drafting, sending, approving and rejecting quotes."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

from cases.quotes.service import link_pdf
from common import clock
from common.clock import now, today
from common.contracts.cases import QuoteApprovedV1
from common.contracts.enums import Role
from common.ids import new_id
from common.testing import eventually
from common.testing.keys import actor


async def test_a_quote_is_priced_and_makes_its_case_ready(desk: Any) -> None:
    case = await desk.in_quote_pending()
    chair, cushion = await desk.product(), await desk.product(category="ACCESSORY", max_price=None)
    quote = await desk.draft(case["id"], desk.line(chair, "631.17", 2), desk.line(cushion, "49.90", optional=True))
    assert (quote["status"], quote["version"]) == ("DRAFT", 1)
    assert quote["quoteNumber"].startswith(f"DV-{today().year}-")
    amounts = (quote["lpprCoverage"], quote["patientRemainder"], quote["totalAmount"])
    assert amounts == ("1262.34", "49.90", "1312.24")
    assert [item["lineTotal"] for item in quote["lines"]] == ["1262.34", "49.90"]
    assert [item["lpprCode"] for item in quote["lines"]] == [chair["code"], cushion["code"]]
    ready = await desk.read(case["id"])
    assert ready["status"] == "QUOTE_READY"
    assert [point for point, done in ready["checklistState"].items() if not done] == ["patientApproved"]
    assert (await desk.mine.get(f"/quotes/{quote['id']}")).json() == quote
    assert (await desk.mine.get(f"/cases/{case['id']}/quotes")).json()["items"] == [quote]


async def test_lines_that_may_not_be_quoted_so(desk: Any) -> None:
    case = await desk.in_quote_pending()
    chair, other, unmapped = await desk.product(), await desk.product(), await desk.product()
    old = await desk.product(validFrom="2019-01-01", validUntil="2019-12-31")
    withdrawn = await desk.product()
    await desk.ops.patch(f"/products/{withdrawn['id']}", json={"isActive": False})
    await desk.ops.put(f"/products/{unmapped['id']}/lppr-items", json={"items": []})
    refused = [
        (desk.line(chair, "631.18"), 422, "BIZ_PRICE_ABOVE_CEILING", "lines[0].unitPrice"),
        (desk.line(chair, optional=True), 422, "BIZ_NO_BASE_LINE", "lines"),
        (desk.line({"id": str(new_id())}), 422, "BIZ_PRODUCT_UNKNOWN", "lines[0].productId"),
        (desk.line(withdrawn), 422, "BIZ_PRODUCT_UNKNOWN", "lines[0].productId"),
        (desk.line(unmapped), 422, "BIZ_LPPR_ITEM_NOT_MAPPED", "lines[0].lpprItemId"),
        (desk.line(chair, lpprItemId=other["lpprItemId"]), 422, "BIZ_LPPR_ITEM_NOT_MAPPED", "lines[0].lpprItemId"),
        (desk.line(old), 422, "BIZ_LPPR_ITEM_NOT_IN_FORCE", "lines[0].lpprItemId"),
        (desk.line(old, lpprItemId=old["lpprItemId"]), 422, "BIZ_LPPR_ITEM_NOT_IN_FORCE", "lines[0].lpprItemId"),
        *(
            (desk.line(chair, quantity=bad), 400, "VAL_INVALID", "lines[0].quantity")
            for bad in (0, -1, 10**9, 1.5, "1")
        ),
        *(
            (desk.line(chair, bad), 400, "VAL_INVALID", "lines[0].unitPrice")
            for bad in ("1.001", "NaN", "Infinity", "-0.01", "1000000.00", "1e3000")
        ),
    ]
    for bad, status, code, field in refused:
        answer = await desk.ops.post(f"/cases/{case['id']}/quotes", json={"lines": [bad]})
        error = answer.json()["error"]
        assert (answer.status_code, error["code"], error["details"][0]["field"]) == (status, code, field), bad
    assert (await desk.ops.post(f"/cases/{case['id']}/quotes", json={"lines": []})).status_code == 400
    assert (await desk.ops.post(f"/cases/{case['id']}/quotes", json={"lines": [{**desk.line(chair), "x": 1}]})).is_error
    assert (await desk.read(case["id"]))["status"] == "QUOTE_PENDING"


async def test_the_ceiling_is_that_of_the_prescriptions_date(desk: Any) -> None:
    case = await desk.in_quote_pending()
    yesterday = today() - timedelta(days=1)
    chair = await desk.product(max_price="500.00", validUntil=str(yesterday))
    dearer = {"code": chair["code"], "label": "x", "category": "VEH", "maxPrice": "700.00", "validFrom": str(today())}
    later = (await desk.ops.post("/lppr-items", json=dearer)).raise_for_status().json()
    await desk.ops.put(
        f"/products/{chair['id']}/lppr-items", json={"items": [{"lpprItemId": later["id"], "isPrimary": True}]}
    )
    path = f"/cases/{case['id']}/quotes"
    refused = await desk.ops.post(path, json={"lines": [desk.line(chair, "600.00")]})
    assert refused.json()["error"]["code"] == "BIZ_PRICE_ABOVE_CEILING"
    assert (await desk.draft(case["id"], desk.line(chair, "500.00")))["lines"][0]["maxPrice"] == "500.00"


async def test_a_new_version_supersedes_what_was_live_and_not_what_was_rejected(desk: Any) -> None:
    case = await desk.in_quote_pending()
    first = await desk.draft(case["id"])
    second = await desk.draft(case["id"])
    await desk.send(second["id"])
    await desk.mine.post(f"/quotes/{second['id']}/reject", json={"reason": "trop cher"})
    third = await desk.send((await desk.draft(case["id"]))["id"])
    fourth = await desk.draft(case["id"])
    listed = (await desk.ops.get(f"/cases/{case['id']}/quotes")).json()["items"]
    assert [(quote["version"], quote["status"]) for quote in listed] == [
        (4, "DRAFT"),
        (3, "SUPERSEDED"),
        (2, "REJECTED"),
        (1, "SUPERSEDED"),
    ]
    superseded = await desk.running.recorded("quote.superseded")
    assert [event.data["quoteId"] for event in superseded] == [first["id"], third["id"]]
    assert (await desk.read(case["id"]))["status"] == "QUOTE_READY"
    late = await desk.mine.post(f"/quotes/{third['id']}/approve")
    assert (late.status_code, late.json()["error"]["code"]) == (409, "BIZ_QUOTE_STATUS")
    assert fourth["version"] == 4


async def test_an_approved_quote_makes_the_case_ready_and_tells_billing_all_it_needs(desk: Any) -> None:
    case, quote = await desk.approved()
    assert (quote["status"], quote["approvedBy"]) == ("APPROVED", str(desk.patient.user_id))
    assert (case["status"], all(case["checklistState"].values())) == ("READY_TO_SUBMIT", True)
    [event] = await desk.running.recorded("quote.approved")
    told = QuoteApprovedV1.model_validate(event.data)
    prescription = (await desk.ops.get(f"/prescriptions/{case['prescriptionId']}")).json()
    assert str(told.prescription_document_id) == prescription["documentId"]
    assert str(told.prescription_date) == prescription["prescriptionDate"]
    assert (str(told.case_id), str(told.patient_id)) == (case["id"], str(desk.patient_id))
    assert [line.lppr_code for line in told.lines] == [line["lpprCode"] for line in quote["lines"]]
    assert told.total_amount == told.lppr_coverage + told.patient_remainder
    assert told.quote_document_id is None


async def test_without_all_seven_points_an_approval_moves_nothing_until_they_are_set(desk: Any) -> None:
    case = await desk.in_quote_pending()
    quote = await desk.send((await desk.draft(case["id"]))["id"])
    await desk.tick(case["id"], addressVerified=False)
    await desk.approve(quote["id"])
    assert (await desk.read(case["id"]))["status"] == "PATIENT_APPROVAL_PENDING"
    refused = await desk.ops.post(f"/cases/{case['id']}/transitions", json={"to": "READY_TO_SUBMIT"})
    assert (refused.status_code, refused.json()["error"]["details"][0]["field"]) == (
        422,
        "checklistState.addressVerified",
    )
    assert (await desk.tick(case["id"], addressVerified=True))["status"] == "READY_TO_SUBMIT"


async def test_approving_many_times_at_once_has_one_effect(desk: Any) -> None:
    case = await desk.in_quote_pending()
    quote = await desk.send((await desk.draft(case["id"]))["id"])
    answers = await asyncio.gather(*(desk.mine.post(f"/quotes/{quote['id']}/approve") for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409]
    assert len(await desk.running.recorded("quote.approved")) == 1


async def test_approving_and_rejecting_at_once_is_one_or_the_other(desk: Any) -> None:
    case = await desk.in_quote_pending()
    quote = await desk.send((await desk.draft(case["id"]))["id"])
    path = f"/quotes/{quote['id']}"
    answers = await asyncio.gather(
        desk.mine.post(f"{path}/approve"), desk.mine.post(f"{path}/reject", json={"reason": "non"})
    )
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    decided = (await desk.read(case["id"]))["status"]
    assert decided == ("READY_TO_SUBMIT" if answers[0].status_code == 200 else "QUOTE_PENDING")


async def test_a_patient_who_approves_while_the_pdf_is_linked_waits_and_is_not_refused(desk: Any) -> None:
    case = await desk.in_quote_pending()
    quote = await desk.send((await desk.draft(case["id"]))["id"])
    document_id = new_id()
    async with desk.running.resources.database.transaction() as session:
        assert await link_pdf(session, UUID(quote["id"]), document_id)
        await session.flush()
        approving = asyncio.create_task(desk.mine.post(f"/quotes/{quote['id']}/approve"))
        await eventually(lambda: waiting_for_locks(desk), until=lambda waiting: waiting == 1)
    answer = await approving
    assert (answer.status_code, answer.json()["pdfDocumentId"]) == (200, str(document_id))


async def waiting_for_locks(desk: Any) -> int:
    found: int = await desk.running.resources.database.reads.fetchval(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    return found


async def test_a_quote_of_another_patients_case_is_neither_seen_nor_decided_nor_drafted(desk: Any) -> None:
    case = await desk.in_quote_pending()
    quote = await desk.send((await desk.draft(case["id"]))["id"])
    path = f"/quotes/{quote['id']}"
    lines = {"lines": [desk.line(await desk.product())]}
    async with desk.client(Role.PATIENT) as another:
        assert (await another.get(path)).status_code == 404
        assert (await another.get(f"/cases/{case['id']}/quotes")).status_code == 404
        assert (await another.post(f"{path}/approve")).status_code == 404
        assert (await another.post(f"{path}/reject", json={"reason": "non"})).status_code == 404
        assert (await another.post(f"/cases/{case['id']}/quotes", json=lines)).status_code == 403
    assert (await desk.ops.post(f"/cases/{new_id()}/quotes", json=lines)).status_code == 404
    assert (await desk.ops.get(path)).json() == quote


async def test_only_the_patient_or_a_proxy_decides(desk: Any) -> None:
    case = await desk.in_quote_pending()
    quote = await desk.send((await desk.draft(case["id"]))["id"])
    path = f"/quotes/{quote['id']}"
    for role in Role:
        async with desk.client(role) as somebody:
            answers = [
                await somebody.post(f"{path}/approve"),
                await somebody.post(f"{path}/reject", json={"reason": "non"}),
            ]
        expected = 404 if role is Role.PATIENT else 403
        assert [answer.status_code for answer in answers] == [expected, expected], role
    assert (await desk.mine.post(f"{path}/reject", json={})).status_code == 400
    async with desk.client(actor(Role.PATIENT, proxy_for=frozenset({desk.patient_id}))) as proxy:
        assert (await proxy.post(f"{path}/approve")).status_code == 200


async def test_only_ops_draft_and_send_and_who_reads_the_case_reads_its_quotes(desk: Any) -> None:
    case = await desk.in_quote_pending()
    quote = await desk.draft(case["id"])
    reads = {
        Role.PATIENT: 404,
        Role.PRESCRIBER: 404,
        Role.BILLING: 200,
        Role.TECHNICIAN: 404,
        Role.COMPLIANCE_ADMIN: 200,
    }
    for role, status in reads.items():
        async with desk.client(role) as somebody:
            assert (await somebody.get(f"/quotes/{quote['id']}")).status_code == status
            assert (await somebody.get(f"/cases/{case['id']}/quotes")).status_code == status
            assert (await somebody.post(f"/quotes/{quote['id']}/send")).status_code == 403
            body = {"lines": [desk.line(await desk.product())]}
            assert (await somebody.post(f"/cases/{case['id']}/quotes", json=body)).status_code == 403


async def test_a_draft_is_neither_approved_nor_sent_too_early_or_twice(desk: Any) -> None:
    early = await desk.draft((await desk.case())["id"])
    answer = await desk.ops.post(f"/quotes/{early['id']}/send")
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "BIZ_CASE_STATUS")
    assert (await desk.mine.post(f"/quotes/{early['id']}/approve")).status_code == 409
    quote = await desk.draft((await desk.in_quote_pending())["id"])
    await desk.send(quote["id"])
    again = await desk.ops.post(f"/quotes/{quote['id']}/send")
    assert (again.status_code, again.json()["error"]["code"]) == (409, "BIZ_QUOTE_STATUS")


async def test_a_quote_drafted_ahead_makes_the_case_ready_once_papers_are_verified(desk: Any) -> None:
    case = await desk.case()
    await desk.draft(case["id"])
    await desk.move(case["id"], "DOCUMENTS_COMPLETE", "UNDER_REVIEW")
    ticked = await desk.tick(case["id"], idVerified=True, carteVitaleVerified=True, addressVerified=True)
    assert (ticked["status"], ticked["checklistState"]["quoteGenerated"]) == ("QUOTE_READY", True)


async def test_a_quote_lapses(desk: Any) -> None:
    case = await desk.in_quote_pending()
    quote = await desk.send((await desk.draft(case["id"]))["id"])
    with clock.travel(now() + timedelta(days=91)):
        refused = await desk.mine.post(f"/quotes/{quote['id']}/approve")
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "BIZ_QUOTE_EXPIRED")


async def test_a_case_gone_further_is_given_no_new_quote(desk: Any) -> None:
    case, _ = await desk.approved()
    body = {"lines": [desk.line(await desk.product())]}
    refused = await desk.ops.post(f"/cases/{case['id']}/quotes", json=body)
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "BIZ_CASE_NOT_QUOTABLE")


async def test_documents_may_ask_what_was_agreed_to(desk: Any) -> None:
    case, quote = await desk.approved()
    other = await desk.in_quote_pending()
    path = f"/cases/{case['id']}/approved-quote"
    async with desk.running.internal("documents") as documents, desk.running.internal("billing") as billing:
        shown = (await documents.get(path)).json()
        assert shown == (await documents.get(f"/quotes/{quote['id']}")).json()
        assert (await documents.get(f"/cases/{other['id']}/approved-quote")).status_code == 404
        assert (await billing.get(path)).status_code == 403


async def test_documents_may_ask_what_a_sent_quote_shows(desk: Any) -> None:
    case = await desk.in_quote_pending()
    quote = await desk.draft(case["id"])
    async with desk.running.internal("documents") as documents, desk.running.internal("billing") as billing:
        assert (await documents.get(f"/quotes/{quote['id']}")).status_code == 404
        await desk.send(quote["id"])
        shown = (await documents.get(f"/quotes/{quote['id']}")).json()
        assert (await billing.get(f"/quotes/{quote['id']}")).status_code == 403
    assert shown["issuedOn"] == str(today())
    assert (shown["caseNumber"], shown["totalAmount"]) == (case["caseNumber"], quote["totalAmount"])
    assert shown["quoteVersion"] == 1
    assert shown["lines"] == [
        {
            "lpprCode": quote["lines"][0]["lpprCode"],
            "label": "Fauteuil roulant",
            "details": f"Fauteuil Alto ({quote['lines'][0]['sku']})",
            "plv": "631.17",
            "unitPrice": "600.00",
            "quantity": 1,
            "lineTotal": "600.00",
            "optional": False,
        }
    ]
