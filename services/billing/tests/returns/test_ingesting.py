"""Return files: received once, read as a whole or not at all, booked on the claims they name."""

import asyncio
from collections.abc import AsyncIterator
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from billing.noemie import CRLF, write_entities
from billing.noemie.fields import Entity
from billing.noemie.layout import AmoSettlement, Comment, Header, InvoiceHead, LotHead, LumpSum, Retention
from billing.returns import ingest, routes
from common.clock import today
from common.http import EdgeRoute
from common.testing import eventually

from services.billing.tests.conftest import Billing, Gateway
from services.billing.tests.returns.files import DAY, TOTAL, file_of, invoice


async def test_a_return_pays_the_claim_it_names_and_says_so(billing: Billing, gateway: Gateway) -> None:
    claim = await billing.submitted()
    content = await gateway.make_return({"gatewayRef": claim["gatewayRef"], "amount": TOTAL, "amcAmount": "0.00"})
    found = await billing.returned(content)
    assert (found["status"], found["matchedCount"], found["unmatchedCount"]) == ("PROCESSED", 1, 0)
    [entry] = found["entries"]
    assert (entry["claimId"], entry["decision"], entry["amoPaid"]) == (claim["id"], "PAID", TOTAL)
    paid = await billing.claim(claim["id"])
    assert (paid["status"], paid["paidAmount"]) == ("PAID", TOTAL)
    [payment] = paid["payments"]
    assert (payment["amount"], payment["paymentMethod"], payment["paymentDate"]) == (
        TOTAL,
        "CPAM_DIRECT",
        today().isoformat(),
    )
    assert payment["reference"].startswith("VIREMENT")
    [told] = paid["returns"]
    assert (told["returnFileId"], told["returnType"]) == (found["id"], "NOEMIE")
    assert told["parsedData"]["invoices"][0]["invoiceNumber"] == claim["invoiceNumber"]
    for path, expected in (("returns", told), ("payments", payment)):
        listed = (await billing.http.get(f"/claims/{claim['id']}/{path}")).json()
        assert (listed["items"], listed["nextCursor"]) == ([expected], None)
    assert await billing.events(claim["id"]) == ["claim.created", "claim.submitted", "claim.accepted", "claim.paid"]
    [received] = await billing.running.recorded("payment.received")
    assert received.data["amount"] == TOTAL
    [ingested] = await billing.running.recorded("return.ingested")
    assert (ingested.data["matched"], ingested.data["unmatched"]) == (1, 0)


async def test_partial_payments_add_up_and_reversals_take_them_back(billing: Billing) -> None:
    claim = await billing.submitted()
    number = claim["invoiceNumber"]
    seen = []
    for file_id, amounts in {
        "000001": ["300.00"],
        "000002": ["351.27"],
        "000003": ["-300.00"],
        "000004": ["-351.27"],
        "000005": ["0.01", "0.02"],
    }.items():
        await billing.returned(file_of(*(invoice(number, each) for each in amounts), file_id=file_id))
        found = await billing.claim(claim["id"])
        assert Decimal(found["paidAmount"]) == sum(Decimal(each["amount"]) for each in found["payments"])
        seen.append((found["status"], found["paidAmount"]))
    assert seen == [
        ("PARTIAL_PAYMENT", "300.00"),
        ("PAID", TOTAL),
        ("PARTIAL_PAYMENT", "351.27"),
        ("ACCEPTED", "0.00"),
        ("PARTIAL_PAYMENT", "0.03"),
    ]
    assert len((await billing.claim(claim["id"]))["returns"]) == 5


async def test_both_insurances_pay_their_parts(billing: Billing) -> None:
    claim = await billing.submitted()
    await billing.returned(file_of(invoice(claim["invoiceNumber"], "600.00", amc_paid="51.27")))
    found = await billing.claim(claim["id"])
    assert found["status"] == "PAID"
    assert {each["paymentMethod"]: each["amount"] for each in found["payments"]} == {
        "CPAM_DIRECT": "600.00",
        "MUTUELLE": "51.27",
    }


async def test_a_denial_comes_with_code_and_label_and_a_later_payment_lifts_it(billing: Billing) -> None:
    claim = await billing.submitted()
    number = claim["invoiceNumber"]
    denied = invoice(number, "0.00", state="R", rejection_code="0009-816", rejection_label="Droits périmés")
    found = await billing.returned(file_of(denied))
    assert found["entries"][0]["denials"] == [{"code": "0009-816", "label": "Droits périmés"}]
    claim = await billing.claim(claim["id"])
    assert (claim["status"], claim["rejectionCode"], claim["rejectionReason"]) == (
        "REJECTED",
        "0009-816",
        "Droits périmés",
    )
    await billing.returned(file_of(invoice(number), file_id="000002"))
    claim = await billing.claim(claim["id"])
    assert (claim["status"], claim["rejectionCode"]) == ("PAID", None)


async def test_the_same_file_is_one_return_however_it_comes(billing: Billing) -> None:
    claim = await billing.submitted()
    entry = invoice(claim["invoiceNumber"])
    first = await billing.returned(file_of(entry))
    uploads = await asyncio.gather(*(billing.upload(file_of(entry, eol=eol)) for eol in (b"", CRLF, b"\n", b"")))
    assert {each["id"] for each in uploads} == {first["id"]}
    found = await billing.claim(claim["id"])
    assert (found["paidAmount"], len(found["payments"]), len(found["returns"])) == (TOTAL, 1, 1)
    assert len(await billing.return_files()) == 1
    as_something_else = await billing.returned(file_of(entry), "AUTRE")
    assert as_something_else["id"] != first["id"]
    assert (await billing.claim(claim["id"]))["paidAmount"] == TOTAL


async def test_a_return_asked_for_again_by_a_new_broker_is_booked_once(billing: Billing, gateway: Gateway) -> None:
    claim = await billing.submitted()
    content = await gateway.make_return({"gatewayRef": claim["gatewayRef"], "amount": TOTAL, "amcAmount": "0.00"})
    found = await billing.returned(content)
    receipt = await billing.returned(b"anything", "ARL")
    assert await billing.running.republish_jobs() == 3  # with the submission
    for file in (found, receipt):
        assert (await billing.http.get(f"/returns/{file['id']}")).json() == file
    paid = await billing.claim(claim["id"])
    assert (paid["status"], paid["paidAmount"], len(paid["payments"])) == ("PAID", TOTAL, 1)
    assert len(await billing.running.recorded("return.ingested")) == 2
    assert len(await billing.running.recorded("payment.received")) == 1


async def test_two_returns_that_race_for_one_claim_are_both_counted(billing: Billing) -> None:
    claim = await billing.submitted()
    files = [file_of(invoice(claim["invoiceNumber"], "100.00"), file_id=f"00000{n}") for n in range(1, 5)]
    await asyncio.gather(*(billing.returned(each) for each in files))
    found = await billing.claim(claim["id"])
    assert (found["status"], found["paidAmount"], len(found["payments"])) == ("PARTIAL_PAYMENT", "400.00", 4)


async def test_a_bad_file_is_refused_whole_with_place_and_cause_and_its_bytes_are_kept(billing: Billing) -> None:
    claim = await billing.submitted()
    good = file_of(invoice(claim["invoiceNumber"]), invoice("999999999", "1.00"))
    bad = good.replace(b"00065127P@", b"0006512XP@", 1)
    assert bad != good
    found = await billing.returned(bad)
    assert found["status"] == "FAILED"
    assert found["entries"] == []
    assert f"byte {found['failurePosition']}" in found["failureReason"]
    assert "paid" in found["failureReason"]
    assert (await billing.claim(claim["id"]))["status"] == "SUBMITTED"
    resources = billing.running.resources
    key = f"noemie/{found['sha256']}"
    assert await resources.storage.read(resources.returns_bucket, key) == bad
    assert (await billing.upload(bad))["id"] == found["id"]
    assert [each["id"] for each in (await billing.http.get("/returns?status=FAILED")).json()["items"]] == [found["id"]]


async def test_what_is_no_return_file_at_all_is_kept_and_refused(billing: Billing) -> None:
    for content in (b"\x00", b"000" * 50, b"PK\x03\x04" + bytes(500), "é".encode() * 128):
        assert (await billing.returned(content))["status"] == "FAILED"


async def test_an_empty_file_and_an_unknown_type_are_no_returns(billing: Billing) -> None:
    for content, kind in ((b"", "NOEMIE"), (b"000", "NOEMI")):
        refused = await billing.http.post("/returns", files={"file": ("r", content)}, data={"returnType": kind})
        assert refused.status_code == 400


async def test_a_test_or_demonstration_file_is_never_booked(billing: Billing) -> None:
    claim = await billing.submitted()
    for flow in ("T", "D"):
        assert (await billing.returned(file_of(invoice(claim["invoiceNumber"]), flow=flow)))["status"] == "FAILED"
    assert (await billing.claim(claim["id"]))["paidAmount"] is None


async def test_receipts_whose_layout_is_not_known_are_kept_as_they_came(billing: Billing) -> None:
    for kind in ("ARL", "ARO", "AUTRE"):
        found = await billing.returned(b"whatever " + kind.encode(), kind)
        assert (found["status"], found["returnType"], found["entries"]) == ("PROCESSED", kind, [])


async def test_retentions_and_lump_sums_are_shown_and_settle_no_claim(billing: Billing) -> None:
    claim = await billing.submitted()
    entities = [
        LotHead.of(lot_date=DAY, lot_number=1),
        LumpSum.of(lump_code="FORF", amount=Decimal("25.00")),
        InvoiceHead.of(invoice_number=claim["invoiceNumber"]),
        AmoSettlement.of(requested=Decimal(TOTAL), state="P", paid=Decimal(TOTAL)),
        Retention.of(debt_ref="D1", retention_date=DAY, amount=Decimal("-12.00"), balance=Decimal("3.00")),
    ]
    content = b"".join(write_entities(Header.of(file_id="000001", file_date=DAY, currency="E", flow="R"), entities))
    found = await billing.returned(content)
    lump, retention = found["otherAmounts"]
    assert (lump["entity"], lump["amount"]) == ("261", "25.00")
    assert (retention["entity"], retention["amount"], retention["balance"]) == ("250", "-12.00", "3.00")
    assert retention["invoiceNumber"] == claim["invoiceNumber"]
    assert (await billing.claim(claim["id"]))["paidAmount"] == TOTAL


async def test_files_larger_than_a_request_may_be_are_refused(
    billing: Billing, monkeypatch: pytest.MonkeyPatch
) -> None:
    route = next(each for each in routes.uploads.routes if isinstance(each, EdgeRoute))
    monkeypatch.setattr(type(route), "body_limit", 2000)
    refused = await billing.http.post("/returns", files={"file": ("r", bytes(4000))}, data={"returnType": "AUTRE"})
    assert refused.status_code == 413
    assert await billing.return_files() == []


async def test_a_file_of_many_parts_is_kept_byte_for_byte(billing: Billing) -> None:
    content = bytes(range(256)) * 80_000  # three parts of the storage's
    found = await billing.returned(content, "AUTRE")
    resources = billing.running.resources
    assert found["sizeBytes"] == len(content)
    assert await resources.storage.read(resources.returns_bucket, f"autre/{found['sha256']}") == content


async def test_a_large_return_is_booked_while_it_is_still_being_read(
    billing: Billing, monkeypatch: pytest.MonkeyPatch
) -> None:
    claim = await billing.submitted()
    seen: list[str] = []
    storage, booked = billing.running.resources.storage, ingest._book
    stream = storage.stream

    async def watched(bucket: str, key: str) -> AsyncIterator[bytes]:
        seen.append("opened")
        async for piece in stream(bucket, key):
            assert len(piece) <= 1024 * 1024
            seen.append("piece")
            yield piece

    async def books(*arguments: Any) -> None:
        seen.append("booked")
        await booked(*arguments)

    monkeypatch.setattr(storage, "stream", watched)
    monkeypatch.setattr(ingest, "_book", books)
    comment = Comment.of(comment_code="1", text="x" * 128)
    entities: list[Entity] = [LotHead.of(lot_date=DAY, lot_number=1)]
    for number in (claim["invoiceNumber"], *(f"98{n:07d}" for n in range(400))):
        settled = AmoSettlement.of(requested=Decimal(TOTAL), state="P", paid=Decimal(TOTAL))
        entities += [InvoiceHead.of(invoice_number=number), settled, *[comment] * 50]
    content = b"".join(write_entities(Header.of(file_id="000001", file_date=DAY, currency="E"), entities))
    found = await billing.returned(content)
    assert (found["sizeBytes"], found["matchedCount"], found["unmatchedCount"]) == (len(content), 1, 400)
    checking, booking = [" ".join(each.split()) for each in " ".join(seen).split("opened")[1:]]
    assert "booked" not in checking
    assert "booked" in booking.removesuffix("booked").rpartition("piece")[0]
    assert (await billing.claim(claim["id"]))["status"] == "PAID"


async def test_ingestion_that_is_broken_off_goes_on_and_doubles_nothing(
    billing: Billing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ingest, "BATCH", 2)
    claim = await billing.submitted()
    booked = ingest._book
    calls = 0

    async def breaks_off(*arguments: Any) -> None:
        nonlocal calls
        calls += 1
        await booked(*arguments)
        if calls <= 2:
            raise RuntimeError("killed")

    monkeypatch.setattr(ingest, "_book", breaks_off)
    others = [invoice(f"99999{n:04d}", "1.00") for n in range(4)]
    found = await billing.returned(file_of(invoice(claim["invoiceNumber"], "10.00"), *others))
    assert (found["matchedCount"], found["unmatchedCount"]) == (1, 4)
    paid = await billing.claim(claim["id"])
    assert (paid["paidAmount"], len(paid["payments"])) == ("10.00", 1)


async def test_the_storage_being_away_for_long_lets_the_file_be_sent_again(
    billing: Billing, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: Any) -> Any:
        raise RuntimeError("storage away")

    claim = await billing.submitted()
    content = file_of(invoice(claim["invoiceNumber"]))
    with monkeypatch.context() as patched:
        patched.setattr(ingest, "_check", away)
        made = await billing.upload(content)
        interrupted = await eventually(
            lambda: billing.http.get(f"/returns/{made['id']}"), until=lambda answer: answer.json()["failureReason"]
        )
        assert interrupted.json()["status"] == "RECEIVED"
    assert (await billing.returned(content))["status"] == "PROCESSED"
    assert (await billing.claim(claim["id"]))["status"] == "PAID"


async def test_what_was_decided_before_a_resubmission_does_not_deny_it(billing: Billing, gateway: Gateway) -> None:
    claim = await billing.submitted()
    await gateway.decide(claim["gatewayRef"], "REJECTED")
    await billing.synced(claim["id"], "REJECTED")
    await billing.http.post(f"/claims/{claim['id']}/resubmit")
    await billing.until(claim["id"], "RESUBMITTED")
    old = invoice(claim["invoiceNumber"], "0.00", state="R", rejection_code="R001", paid_on=date(2026, 1, 2))
    await billing.returned(file_of(old))
    assert (await billing.claim(claim["id"]))["status"] == "RESUBMITTED"
    new = invoice(claim["invoiceNumber"], "0.00", state="R", rejection_code="R002", paid_on=today())
    await billing.returned(file_of(new, file_id="000002"))
    assert (await billing.claim(claim["id"]))["rejectionCode"] == "R002"
