"""Make a return file out of outcomes: for tests, the demonstration and the billing simulator."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from itertools import groupby
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from billing.noemie.fields import Entity
from billing.noemie.layout import (
    Accounting,
    Act,
    AmcSettlement,
    AmoSettlement,
    Header,
    InvoiceHead,
    LotHead,
    Notice,
    Payee,
    Rejection,
    ReturnType,
    Transfer,
)
from billing.noemie.writer import write_entities

Cents = Annotated[Decimal, Field(decimal_places=2, allow_inf_nan=False)]


class HeaderValues(BaseModel):
    """Who sends the file to whom; `flow` is R (real), T (test) or D (demonstration)."""

    model_config = ConfigDict(frozen=True)

    file_id: str = Field(max_length=6)
    file_date: date
    sender_type: str = "CM"
    sender_number: str = Field("01750000000000", max_length=14)
    sender_program: str = "NOEMIE"
    recipient_type: str = "PS"
    recipient_number: str = Field("", max_length=14)
    recipient_program: str = ""
    norm: str = "580"
    norm_version: str = ""
    currency: str = "E"
    flow: Literal["R", "T", "D"] = "R"
    message: str = ""


class ReturnLine(BaseModel):
    """One act of an invoice."""

    model_config = ConfigDict(frozen=True)

    unit_price: Cents
    reimbursed: Cents
    quantity: int = Field(1, ge=0, le=999)
    rate: int = Field(100, ge=0, le=999)
    nature: str = Field("VEH", max_length=3)
    care_date: date | None = None


class ReturnInvoice(BaseModel):
    """What is said of one invoice: accepted (P), rejected (R) with code and label, or deferred (D); euros, signed."""

    model_config = ConfigDict(frozen=True)

    invoice_number: str = Field(pattern=r"^[0-9]{9}$")
    amount_paid: Cents
    payee: str = Field(max_length=15)
    paid_on: date
    state: Literal["P", "R", "D"] = "P"
    amount_requested: Annotated[Cents, Field(ge=0)] | None = None
    amc_paid: Cents | None = None
    amc_number: str = Field("", max_length=10)
    rejection_code: str = Field("", max_length=10)
    rejection_label: str = ""
    transfer_label: str = ""
    lines: tuple[ReturnLine, ...] = ()


def build_return(header: HeaderValues, invoices: Sequence[ReturnInvoice], *, eol: bytes = b"") -> bytes:
    """A whole return file; one payment and one lot for each run of invoices with the same payee and day.

    Labels are cut to their field, characters outside latin-1 become question marks. ValueError when an amount or
    a count is too large for its field.
    """
    made = Header.of(**header.model_dump(), application="RT", record_length=128)
    return b"".join(write_entities(made, _entities(invoices), eol=eol))


def _entities(invoices: Sequence[ReturnInvoice]) -> list[Entity]:
    entities: list[Entity] = []
    runs = groupby(invoices, key=lambda invoice: (invoice.payee, invoice.paid_on, invoice.transfer_label))
    for number, ((payee, paid_on, label), run) in enumerate(runs, start=1):
        entities += [
            Payee.of(payee=payee),
            Accounting.of(accounting_date=paid_on),
            Transfer.of(transfer_date=paid_on, label=_latin(label, 32)),
            LotHead.of(lot_date=paid_on, lot_number=number),
            ReturnType.of(return_type="01"),
        ]
        for invoice in run:
            entities += _invoice(invoice)
    return entities


def _invoice(invoice: ReturnInvoice) -> list[Entity]:
    requested = abs(invoice.amount_paid) if invoice.amount_requested is None else invoice.amount_requested
    entities: list[Entity] = [
        InvoiceHead.of(invoice_number=invoice.invoice_number),
        AmoSettlement.of(requested=requested, state=invoice.state, paid=invoice.amount_paid),
    ]
    if invoice.amc_paid is not None:
        entities.append(
            AmcSettlement.of(
                requested=abs(invoice.amc_paid),
                state=invoice.state,
                paid=invoice.amc_paid,
                amc_number=invoice.amc_number,
            )
        )
    for number, line in enumerate(invoice.lines, start=1):
        spend = line.unit_price * line.quantity
        entities.append(
            Act.of(
                line=number,
                first_date=line.care_date,
                unit_price=line.unit_price,
                base=spend,
                rate=line.rate,
                reimbursed=line.reimbursed,
                nature=line.nature,
                quantity=line.quantity,
                spend=spend,
            )
        )
    if invoice.rejection_code:
        entities.append(_rejection(invoice))
    return entities


def _rejection(invoice: ReturnInvoice) -> Entity:
    """A 294 where its four characters hold the code, else a 290."""
    code = invoice.rejection_code
    if len(code) <= 4:
        return Rejection.of(
            rejection_code=code, label=_latin(invoice.rejection_label, 86), rejection_level="F", part="O"
        )
    return Notice.of(rejection_code=code, label=_latin(invoice.rejection_label, 80))


def _latin(text: str, width: int) -> str:
    """Text that its field can hold."""
    return text.encode("latin-1", "replace").decode("latin-1")[:width]
