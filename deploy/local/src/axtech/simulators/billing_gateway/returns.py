"""Return files made on demand, with the writer that billing reads back."""

from datetime import date
from decimal import ROUND_DOWN, Decimal
from typing import Literal

from billing.noemie import CRLF, HeaderValues, ReturnInvoice, ReturnLine, build_return
from common.clock import now, today

from axtech.simulators.billing_gateway.outcomes import Step, decided
from axtech.simulators.billing_gateway.schemas import Claim, ReturnClaim, ReturnFile, ReturnRequest
from axtech.simulators.billing_gateway.store import NewPayment, Store

ZERO = Decimal("0.00")
STATES: dict[str, Literal["P", "R", "D"]] = {"PAID": "P", "PARTIAL": "P", "REJECTED": "R", "DEFERRED": "D"}


class ReturnRefusedError(Exception):
    """The file cannot be made; `status` is the HTTP status to say so."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code


def make_return(store: Store, request: ReturnRequest) -> ReturnFile:
    """Write a NOEMIE file for the claims asked for, book its payments, and reject what it rejects."""
    paid_on = request.paid_on or today()
    found = [(asked, _find(store, asked, force=request.force)) for asked in request.claims]
    number = store.return_count() + 1
    header = HeaderValues(file_id=f"{number:06d}", file_date=today(), flow=request.flow)
    try:
        invoices = [_invoice(store, asked, claim, request.payee, paid_on) for asked, claim in found]
        content = build_return(header, invoices, eol=CRLF if request.line_ends else b"")
    except ValueError as error:
        raise ReturnRefusedError(422, "INVALID", "an amount does not fit the file") from error
    payments = [
        NewPayment(claim.gateway_ref, amount, payer)
        for (asked, claim), invoice in zip(found, invoices, strict=True)
        for payer, amount in (("AMO", invoice.amount_paid), ("AMC", invoice.amc_paid))
        if claim is not None and amount
    ]
    for asked, claim in found:
        if claim is not None and asked.outcome == "REJECTED":
            step = Step(now().timestamp(), "REJECTED", asked.code, asked.reason)
            store.plan(claim.gateway_ref, decided(store.steps(claim.gateway_ref), step))
    return store.add_return(f"NOEMIE-{number:06d}.txt", content, len(invoices), payments, paid_on)


def _find(store: Store, asked: ReturnClaim, *, force: bool) -> Claim | None:
    """The claim asked for; None for an invoice number that no claim has."""
    if asked.gateway_ref is not None:
        claim = store.claim(asked.gateway_ref)
    else:
        claims = store.claims(reference=asked.reference, invoice_number=asked.invoice_number)
        claim = claims[-1] if claims else None
    if claim is None and asked.invoice_number is None:
        raise ReturnRefusedError(404, "NOT_FOUND", "no such claim")
    if claim is None and asked.amount is None:
        raise ReturnRefusedError(422, "INVALID", "an invoice number that no claim has needs an amount")
    if claim is not None and claim.status != "ACCEPTED" and not force:
        raise ReturnRefusedError(409, "NOT_ACCEPTED", f"the claim is {claim.status}")
    return claim


def _invoice(store: Store, asked: ReturnClaim, claim: Claim | None, payee: str, paid_on: date) -> ReturnInvoice:
    whole = claim.amount if claim is not None else abs(asked.amount or ZERO)
    paid = _paid(asked, whole)
    package = store.package(claim.gateway_ref) if claim is not None and paid == whole else None
    lines = [
        ReturnLine(unit_price=Decimal(item.unit_price), quantity=item.quantity, reimbursed=item.amount)
        for item in (package.items if package else [])
    ]
    rejected = asked.outcome == "REJECTED"
    return ReturnInvoice(
        invoice_number=claim.invoice_number if claim is not None else asked.invoice_number or "",
        amount_paid=paid,
        amount_requested=whole,
        amc_paid=asked.amc_amount,
        payee=payee,
        paid_on=paid_on,
        state=STATES[asked.outcome],
        rejection_code=asked.code if rejected else "",
        rejection_label=asked.reason if rejected else "",
        transfer_label=f"VIREMENT {paid_on:%d%m%Y}",
        lines=tuple(lines),
    )


def _paid(asked: ReturnClaim, whole: Decimal) -> Decimal:
    if asked.outcome in ("REJECTED", "DEFERRED"):
        return ZERO
    if asked.amount is not None:
        return asked.amount
    return whole if asked.outcome == "PAID" else (whole / 2).quantize(ZERO, rounding=ROUND_DOWN)
