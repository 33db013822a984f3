"""From the approved quote to the insurer's money."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from billing.noemie import CRLF, HeaderValues, ReturnInvoice, ReturnLine, build_return
from common.clock import today

from axtech.demo.api import seen
from axtech.demo.cast import Cast, Happened

PAYEE = "0750000000"  # the supplier's number with the insurer, as a return names it


async def approve(cast: Cast) -> Happened:
    approved = await cast.patient.post(f"/quotes/{cast.facts.quote_id}/approve")
    await cast.case_in("READY_TO_SUBMIT")
    claims = await seen(
        lambda: cast.billing.get("/claims", caseId=cast.facts.case_id),
        lambda page: page["items"],
        what="the drafted claim",
    )
    cast.facts.claim = claims["items"][0]
    return [
        f"quote {approved['status']}, case READY_TO_SUBMIT",
        f"claim {cast.facts.claim['claimNumber']} {cast.facts.claim['status']}: {cast.facts.claim['totalAmount']} €",
    ]


async def submit_claim(cast: Cast) -> Happened:
    claim_id = cast.facts.claim["id"]
    await seen(
        lambda: cast.billing.get(f"/claims/{claim_id}"),
        lambda claim: {"PRESCRIPTION", "QUOTE"} <= {each["documentRole"] for each in claim["documents"]},
        what="the claim's documents",
    )
    await cast.billing.post(f"/claims/{claim_id}/submit")
    claim = await cast.claim_in("ACCEPTED")
    await cast.case_in("CPAM_APPROVED")
    states = " → ".join(event["toStatus"] for event in claim["history"] if event["eventType"] == "STATUS_CHANGED")
    return [f"claim {states} ({claim['gatewayType']}, {claim['gatewayRef']})", "case CPAM_APPROVED"]


async def ingest_return(cast: Cast) -> Happened:
    content = noemie_return(cast.facts.claim)
    name = f"NOEMIE-{cast.facts.claim['invoiceNumber']}.txt"
    received = await cast.billing.post("/returns", files={"file": (name, content)}, data={"returnType": "NOEMIE"})
    read = await seen(
        lambda: cast.billing.get(f"/returns/{received['id']}"),
        lambda found: found["status"] not in {"RECEIVED", "PROCESSING"},
        what="the return's processing",
    )
    claim = await cast.claim_in("PAID")
    return [f"return of {len(content)} bytes {read['status']}", f"claim PAID: {claim['paidAmount']} €"]


def noemie_return(claim: Mapping[str, Any], paid_on: date | None = None) -> bytes:
    """A return file that pays a claim in full, as the insurer would send it."""
    day = paid_on or today()
    amount = Decimal(claim["totalAmount"])
    invoice = ReturnInvoice(
        invoice_number=claim["invoiceNumber"],
        amount_paid=amount,
        amount_requested=amount,
        payee=PAYEE,
        paid_on=day,
        transfer_label=f"VIREMENT {day:%d%m%Y}",
        lines=tuple(
            ReturnLine(
                unit_price=Decimal(line["unitPrice"]), quantity=line["quantity"], reimbursed=Decimal(line["lineTotal"])
            )
            for line in claim["lines"]
        ),
    )
    header = HeaderValues(file_id=claim["invoiceNumber"][-6:], file_date=day)
    return build_return(header, [invoice], eol=CRLF)
