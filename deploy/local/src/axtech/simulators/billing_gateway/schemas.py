"""The bodies of the contract, and those of the control interface."""

import base64
import binascii
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PlainSerializer, model_validator
from pydantic.alias_generators import to_camel

from axtech.simulators.billing_gateway.outcomes import Status
from axtech.simulators.faults import Rule


def _is_base64(text: str) -> str:
    try:
        base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise ValueError("not base64") from error
    return text


def _utc(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


Role = Literal["PRESCRIPTION", "ID", "CARTE_VITALE", "QUOTE", "OTHER"]
Price = Annotated[str, Field(pattern=r"^[0-9]{1,10}\.[0-9]{2}$")]
Euros = Annotated[Decimal, PlainSerializer(lambda amount: f"{amount:.2f}", return_type=str)]
Cents = Annotated[Decimal, Field(decimal_places=2, allow_inf_nan=False)]
Moment = Annotated[datetime, PlainSerializer(_utc, return_type=str)]
Text = Annotated[str, Field(min_length=1)]
Base64 = Annotated[str, Field(min_length=1), AfterValidator(_is_base64)]


class Body(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="forbid")


class AttachedDocument(Body):
    role: Role
    content_type: Annotated[str, Field(min_length=3)]
    content: Base64

    @property
    def data(self) -> bytes:
        return base64.b64decode(self.content)


class Patient(Body):
    nir: Annotated[str, Field(pattern=r"^[0-9]{6}[0-9AB][0-9]{8}$")]
    first_name: Text
    last_name: Text
    date_of_birth: date
    address: dict[str, Any]


class Prescriber(Body):
    rpps_number: Annotated[str, Field(pattern=r"^[0-9]{11}$")]
    name: Text


class Prescription(Body):
    date: date
    document_ref: Text


class Item(Body):
    lppr_code: Annotated[str, Field(min_length=1, max_length=20)]
    quantity: Annotated[int, Field(ge=1, le=999, strict=True)]
    unit_price: Price

    @property
    def amount(self) -> Decimal:
        return self.quantity * Decimal(self.unit_price)


class ClaimSubmission(Body):
    reference: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,79}$")]
    invoice_number: Annotated[str, Field(pattern=r"^[0-9]{9}$")]
    patient: Patient
    prescriber: Prescriber | None
    prescription: Prescription
    items: Annotated[list[Item], Field(min_length=1, max_length=99)]
    attached_documents: Annotated[list[AttachedDocument], Field(max_length=50)]

    @property
    def amount(self) -> Decimal:
        return sum((item.amount for item in self.items), Decimal("0.00"))


class Submission(Body):
    gateway_ref: str
    status: Status
    received_at: Moment


class ClaimRejection(Body):
    code: str
    reason: str


class Claim(Body):
    gateway_ref: str
    reference: str
    invoice_number: str
    status: Status
    amount: Euros
    received_at: Moment
    updated_at: Moment
    rejection: ClaimRejection | None


class Claims(Body):
    items: list[Claim]


class Attachment(Body):
    documents: Annotated[list[AttachedDocument], Field(min_length=1, max_length=50)]


class DocumentReceipt(Body):
    document_id: str
    role: Role
    sha256: str
    status: Literal["ACCEPTED", "PENDING", "ERROR"] = "ACCEPTED"
    received_at: Moment


class DocumentReceipts(Body):
    documents: list[DocumentReceipt]


class Payment(Body):
    payment_id: str
    amount: Euros
    paid_on: date
    payer: Literal["AMO", "AMC"]
    return_id: str


class Payments(Body):
    gateway_ref: str
    total_paid: Euros
    payments: list[Payment]


class ReturnFile(Body):
    id: str
    file_name: str
    created_at: Moment
    size_bytes: int
    sha256: str
    invoice_count: int


class ReturnFiles(Body):
    items: list[ReturnFile]
    next_after: str | None


class OutcomeRequest(Body):
    """The outcome of a claim, `after_seconds` from now."""

    status: Literal["PENDING", "ACCEPTED", "REJECTED"]
    code: str = "R001"
    reason: str = "Rejet demandé au simulateur"
    after_seconds: Annotated[float, Field(ge=0)] = 0


class ReturnClaim(Body):
    """One invoice of a return file: a claim by either of its names, or an invoice number no claim has (with an amount).

    `amount` is what the obligatory insurance pays, signed; unless told, all of a PAID claim and half of a PARTIAL one.
    """

    gateway_ref: str | None = None
    reference: str | None = None
    invoice_number: Annotated[str, Field(pattern=r"^[0-9]{9}$")] | None = None
    outcome: Literal["PAID", "PARTIAL", "REJECTED", "DEFERRED"] = "PAID"
    amount: Cents | None = None
    amc_amount: Cents | None = None
    code: Annotated[str, Field(min_length=1, max_length=10)] = "0009-816"
    reason: str = "Pièce justificative absente ou illisible"

    @model_validator(mode="after")
    def _one_name(self) -> "ReturnClaim":
        if sum(name is not None for name in (self.gateway_ref, self.reference, self.invoice_number)) != 1:
            raise ValueError("one of gatewayRef, reference and invoiceNumber")
        return self


class ReturnRequest(Body):
    """A return file to make; `force` also takes claims that are not accepted."""

    claims: Annotated[list[ReturnClaim], Field(min_length=1)]
    payee: Annotated[str, Field(max_length=15)] = "750000001"
    paid_on: date | None = None
    flow: Literal["R", "T", "D"] = "R"
    line_ends: bool = False
    force: bool = False


class Settings(Body):
    accept_after_seconds: Annotated[float, Field(ge=0)]


class SubmissionRecord(Body):
    """One `POST /v1/claims` that reached the gateway, whatever the caller was answered."""

    received_at: Moment
    reference: str
    invoice_number: str
    gateway_ref: str | None
    answer: int
    fault: str | None


class DocumentRecord(Body):
    gateway_ref: str
    document_id: str
    role: Role
    content_type: str
    sha256: str
    size_bytes: int


class Received(Body):
    """Everything the gateway holds; both lists of doubles are empty when the caller behaves."""

    claims: list[Claim]
    submissions: list[SubmissionRecord]
    documents: list[DocumentRecord]
    payments: list[Payment]
    returns: list[ReturnFile]
    faults: list[Rule]
    doubled_references: list[str]
    doubled_invoices: list[str]
