"""HTTP bodies of claims."""

from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from common.contracts.enums import ClaimDocumentRole, ClaimStatus, GatewayType, ReturnType
from common.http import Schema, UtcDateTime
from common.money import Money
from pydantic import Field

from billing.claims.models import ClaimEventType, PaymentMethod

Reason = Annotated[str, Field(min_length=1, max_length=2000)]


class ClaimLine(Schema):
    lppr_code: str
    quantity: int
    unit_price: Money
    line_total: Money


class ClaimBody(Schema):
    """`submissionQueuedAt` is set while a submission is under way; `outcomeUnknown` when one was given up on."""

    id: UUID
    case_id: UUID
    patient_id: UUID
    quote_id: UUID
    claim_number: str
    invoice_number: str
    gateway_ref: str | None
    gateway_type: GatewayType
    status: ClaimStatus
    submitted_at: UtcDateTime | None
    total_amount: Money
    paid_amount: Money | None
    written_off_amount: Money | None
    written_off_reason: str | None
    written_off_at: UtcDateTime | None
    outstanding_amount: Money
    gateway_paid_amount: Money | None
    rejection_code: str | None
    rejection_reason: str | None
    lines: list[ClaimLine]
    attempt: int
    submission_queued_at: UtcDateTime | None
    outcome_unknown: bool
    case_cancelled_at: UtcDateTime | None
    created_at: UtcDateTime
    updated_at: UtcDateTime


class ClaimDocumentBody(Schema):
    id: UUID
    document_id: UUID
    document_role: ClaimDocumentRole
    sent_at: UtcDateTime | None
    created_at: UtcDateTime


class ClaimReturnBody(Schema):
    """What one return file (`returnFileId`, see `/returns/{id}`) says of the claim."""

    id: UUID
    return_file_id: UUID
    return_type: ReturnType
    parsed_data: dict[str, Any] | None
    received_at: UtcDateTime
    processed_at: UtcDateTime | None
    created_at: UtcDateTime


class PaymentBody(Schema):
    """`amount` is negative where money was taken back."""

    id: UUID
    claim_id: UUID
    amount: Money
    payment_date: date
    payment_method: PaymentMethod
    reference: str | None
    created_at: UtcDateTime


class ClaimEventBody(Schema):
    id: UUID
    event_type: ClaimEventType
    from_status: ClaimStatus | None
    to_status: ClaimStatus
    reason: str | None
    details: dict[str, Any] | None
    actor_id: UUID | None
    actor_role: str | None
    occurred_at: UtcDateTime


class ClaimDetail(ClaimBody):
    """A claim with all that belongs to it; returns and payments newest first, history oldest first."""

    documents: list[ClaimDocumentBody]
    returns: list[ClaimReturnBody]
    payments: list[PaymentBody]
    history: list[ClaimEventBody]


class NewClaimDocument(Schema):
    document_id: UUID
    document_role: ClaimDocumentRole


class Submission(Schema):
    """Without `gatewayType`, the claim's own."""

    gateway_type: GatewayType | None = None


class Cancellation(Schema):
    reason: Reason


class WriteOff(Schema):
    reason: Reason


class Result(Schema):
    """What became of a claim of the MANUAL gateway."""

    status: Literal[ClaimStatus.PENDING, ClaimStatus.ACCEPTED, ClaimStatus.REJECTED]
    rejection_code: Annotated[str | None, Field(max_length=100)] = None
    rejection_reason: Annotated[str | None, Field(max_length=2000)] = None
    gateway_ref: Annotated[str | None, Field(min_length=1, max_length=200)] = None
